// SPDX-License-Identifier: Apache-2.0
// What was plugged in: no plug twice, none forgotten by a broker that starts again.
#include <gmock/gmock.h>

#include <fstream>

#include "daemon/media/plugged.hpp"
#include "tests/unit/daemon/store_fixture.hpp"

namespace sekimori::daemon {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class PluggedTest : public testing::Test {
  protected:
    static Plug stick(const std::string& port = "1-2", std::uint32_t number = 0x10007) {
        Plug plug;
        plug.port = port;
        plug.number = number;
        plug.vendor = 0x0781;
        plug.serial = "4C530001";
        plug.classes = {8};
        plug.reason = "unlisted";
        plug.at = Millis{1};
        plug.listable = Plug::Listable::yes;
        return plug;
    }
    TemporaryDirectory directory;
    const std::array<std::uint8_t, 16> boot{1}, next{2};
};

TEST_F(PluggedTest, APlugIsNewsOnce) {
    Plugged plugged(directory.path(), boot);
    EXPECT_FALSE(plugged.knows(stick()));
    plugged.add(stick());
    EXPECT_TRUE(plugged.knows(stick()));
    EXPECT_FALSE(plugged.knows(stick("1-2", 0x10008))) << "plugged in again";
    EXPECT_FALSE(plugged.knows(stick("1-3")));
    Plug let_in = stick();
    let_in.let = Plug::Let::in;
    EXPECT_FALSE(plugged.knows(let_in)) << "another answer";
}

TEST_F(PluggedTest, ABrokerThatStartsAgainIsNoPlug) {
    { Plugged(directory.path(), boot).add(stick()); }
    Plugged again(directory.path(), boot);
    EXPECT_TRUE(again.knows(stick()));
    Plugged later(directory.path(), next);
    EXPECT_FALSE(later.knows(stick())) << "numbers begin anew with each start of the machine";
    ASSERT_THAT(later.list(), SizeIs(1));
    EXPECT_EQ(later.list().front().there, Plug::There::gone);
}

TEST_F(PluggedTest, WhatALookDoesNotNameIsGone) {
    Plugged plugged(directory.path(), boot);
    plugged.add(stick("1-2"));
    plugged.add(stick("1-3"));
    plugged.sweep();
    EXPECT_TRUE(plugged.knows(stick("1-3")));
    EXPECT_EQ(plugged.list()[0].there, Plug::There::gone);
    EXPECT_EQ(plugged.list()[1].there, Plug::There::plugged);
    plugged.gone("1-3");
    EXPECT_EQ(plugged.list()[1].there, Plug::There::gone);
}

TEST_F(PluggedTest, IsBoundedAndWhatIsThereStays) {
    Plugged plugged(directory.path(), boot);
    plugged.add(stick("1-1"));
    for (std::uint32_t i = 0; i < 2 * Plugged::kMost; ++i) plugged.add(stick("1-2", 100 + i));
    EXPECT_THAT(plugged.list(), SizeIs(Plugged::kMost));
    EXPECT_EQ(plugged.list().front().port, "1-1");
}

TEST_F(PluggedTest, AFileThatCanNotBeUnderstoodIsNone) {
    for (const char* text : {"", "{", "[]", R"({"boot":"x"})", R"({"boot":1,"items":[]})",
                             R"({"boot":"x","items":[{"port":1}]})", R"({"items":{"a":1}})"}) {
        std::ofstream(directory.path() + "/plugged") << text;
        EXPECT_THAT(Plugged(directory.path(), boot).list(), IsEmpty()) << text;
    }
}

}  // namespace
}  // namespace sekimori::daemon
