// SPDX-License-Identifier: Apache-2.0
// Killed at any moment of writing them, the list of open sessions is the one before or the one after, and never half of
// one: a broker that starts then would end everybody's.
#include "daemon/session/session_file.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/unit/core/proofs.hpp"
#include "tests/unit/killed_at_work.hpp"

namespace sekimori::daemon {
namespace {

using sekimori::test::id_of;

struct Thing {
    std::uint64_t n{};
    [[nodiscard]] std::string name() const { return "n" + std::to_string(n); }
};

class SessionCrash : public testing::Test {
  public:
    using Courses = std::vector<test::Course<SessionCrash, Thing>>;

    void begin_anew() { EXPECT_TRUE(file.write({})); }
    bool open_at_work() {
        auto read = file.read();
        if (read) all = std::move(*read);
        return read.has_value();
    }
    void open_again() { ASSERT_TRUE(open_at_work()); }
    void close_again() {}

    static Courses courses();

  protected:
    [[nodiscard]] std::vector<StoredSession>::iterator find(const Thing& it) {
        return std::ranges::find(all, it.name(), [](const StoredSession& one) { return one.bound.id; });
    }
    bool write() { return file.write(all).has_value(); }
    // With its seat and whom it is of: all that was said of it, or nothing.
    bool is(const Thing& it, WasLocked locked) {
        const auto at = find(it);
        return at != all.end() && at->locked == locked && at->bound.person == id_of<PersonId>(1) &&
               at->bound.card == id_of<CardId>(2) && at->bound.seat == "seat0";
    }

    test::TemporaryFolder folder;
    SessionFile file{folder.path(), {1, 2, 3}};
    std::vector<StoredSession> all;
};

SessionCrash::Courses SessionCrash::courses() {
    using Me = SessionCrash;
    return {{"session",
             {{"bind",
               [](Me& me, Thing& it) {
                   StoredSession made;
                   made.bound = {
                       it.name(), id_of<PersonId>(1), id_of<CardId>(2), "tanaka", "login", "seat0", Millis{123}, 4711,
                       {}};
                   me.all.push_back(std::move(made));
                   return me.write();
               },
               [](Me& me, const Thing& it) { return me.is(it, WasLocked::no); }},
              {"lock",
               [](Me& me, Thing& it) {
                   me.find(it)->locked = WasLocked::yes;
                   return me.write();
               },
               [](Me& me, const Thing& it) { return me.is(it, WasLocked::yes); }},
              {"end",
               [](Me& me, Thing& it) {
                   me.all.erase(me.find(it));
                   return me.write();
               },
               [](Me& me, const Thing& it) { return me.find(it) == me.all.end(); }}}}};
}

TEST_F(SessionCrash, NoSessionThatWasWrittenIsForgottenByAKill) {
    test::Killing<SessionCrash, Thing>(*this, courses(), 20261129).run();
}

}  // namespace
}  // namespace sekimori::daemon
