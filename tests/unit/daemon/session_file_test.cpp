// SPDX-License-Identifier: Apache-2.0
// The bound sessions on disk: read back as they were written, nothing of another boot, and nothing that is not
// understood.
#include "daemon/session/session_file.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/unit/core/proofs.hpp"
#include "tests/unit/protocol/directory.hpp"

namespace sekimori::daemon {
namespace {

using sekimori::test::id_of;

StoredSession stored(const std::string& id) {
    StoredSession made;
    made.bound = {id, id_of<PersonId>(1), id_of<CardId>(2), "tanaka", "login", "seat0", Millis{123}, 4711};
    made.presence = Presence::tap;
    made.sharing = session::Sharing::shared;
    made.surface = session::Surface::locker;
    made.locked = WasLocked::yes;
    return made;
}

class SessionFileTest : public testing::Test {
  protected:
    sekimori::test::Directory directory;
    std::array<std::uint8_t, 16> boot{1, 2, 3};
    SessionFile file{directory.path("."), boot};
};

TEST_F(SessionFileTest, WhatIsWrittenIsRead) {
    ASSERT_TRUE(file.write({stored("3"), stored("c7")}));
    const auto read = file.read();
    ASSERT_TRUE(read);
    ASSERT_EQ(read->size(), 2U);
    const StoredSession& one = read->at(1);
    EXPECT_EQ(one.bound.id, "c7");
    EXPECT_EQ(one.bound.person, id_of<PersonId>(1));
    EXPECT_EQ(one.bound.card, id_of<CardId>(2));
    EXPECT_EQ(one.bound.account + one.bound.service + one.bound.seat, "tanakaloginseat0");
    EXPECT_EQ(one.bound.since, Millis{123});
    EXPECT_EQ(one.bound.leader, 4711);
    EXPECT_EQ(one.presence, Presence::tap);
    EXPECT_EQ(one.sharing, session::Sharing::shared);
    EXPECT_EQ(one.surface, session::Surface::locker);
    EXPECT_EQ(one.locked, WasLocked::yes);
}

TEST_F(SessionFileTest, WhatHoldsItOpenIsKept) {
    StoredSession by_code = stored("5");
    by_code.bound.card = {};
    by_code.bound.hold = {HeldBy::code, id_of<StatementId>(3), Millis{5000}};
    by_code.fallback = session::Fallback{Millis{4000}};
    StoredSession by_glass = by_code;
    by_glass.bound.id = "6";
    by_glass.bound.hold.by = HeldBy::break_glass;
    ASSERT_TRUE(file.write({by_code, by_glass, stored("7")}));
    const auto read = file.read();
    ASSERT_TRUE(read);
    ASSERT_EQ(read->size(), 3U);
    EXPECT_EQ(read->at(0).bound.hold.by, HeldBy::code);
    EXPECT_EQ(read->at(0).bound.hold.statement, id_of<StatementId>(3));
    EXPECT_EQ(read->at(0).bound.hold.until, Millis{5000});
    EXPECT_EQ(read->at(0).fallback, session::Fallback{Millis{4000}});
    EXPECT_FALSE(read->at(0).bound.card.valid());
    EXPECT_EQ(read->at(1).bound.hold.by, HeldBy::break_glass);
    EXPECT_EQ(read->at(2).bound.hold.by, HeldBy::card);
    EXPECT_FALSE(read->at(2).fallback);
}

TEST_F(SessionFileTest, NoFileIsNoSession) {
    const auto read = file.read();
    ASSERT_TRUE(read);
    EXPECT_TRUE(read->empty());
}

TEST_F(SessionFileTest, WithTheLastSessionTheFileGoes) {
    ASSERT_TRUE(file.write({stored("3")}));
    EXPECT_TRUE(std::ifstream(directory.path(".") + "/sessions").good());
    ASSERT_TRUE(file.write({}));
    EXPECT_FALSE(std::ifstream(directory.path(".") + "/sessions").good());
    ASSERT_TRUE(file.write({}));
    ASSERT_TRUE(file.read());
    EXPECT_TRUE(file.read()->empty());
}

TEST_F(SessionFileTest, AnotherBootsSessionsAreNone) {
    ASSERT_TRUE(file.write({stored("3")}));
    const auto read = SessionFile(directory.path("."), {9}).read();
    ASSERT_TRUE(read);
    EXPECT_TRUE(read->empty());
}

TEST_F(SessionFileTest, WhatIsNotUnderstoodIsAnError) {
    ASSERT_TRUE(file.write({stored("3")}));
    std::ifstream in(directory.path(".") + "/sessions");
    std::string whole((std::istreambuf_iterator<char>(in)), {});
    const auto is_refused = [&](const std::string& text) {
        std::ofstream(directory.path(".") + "/sessions") << text;
        return !file.read();
    };
    EXPECT_TRUE(is_refused(""));
    EXPECT_TRUE(is_refused("[]"));
    EXPECT_TRUE(is_refused(whole.substr(0, whole.size() / 2)));
    for (const std::string key : {"person", "card", "account", "tap", "locked", "id", "sessions", "boot"}) {
        std::string without = whole;
        without.replace(without.find('"' + key + '"'), key.size() + 2, "\"other\"");
        EXPECT_TRUE(is_refused(without)) << key;
    }
    EXPECT_FALSE(is_refused(whole));
}

TEST_F(SessionFileTest, ADirectoryThatIsGoneIsAnError) {
    EXPECT_FALSE(SessionFile("/nonexistent", boot).write({stored("3")}));
}

}  // namespace
}  // namespace sekimori::daemon
