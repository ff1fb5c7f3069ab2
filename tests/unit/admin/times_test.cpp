// SPDX-License-Identifier: Apache-2.0
#include "admin/times.hpp"

#include <gtest/gtest.h>

namespace sekimori::admin {
namespace {

TEST(Times, PeopleReadJapaneseTime) {
    EXPECT_EQ(for_people("2026-03-31T15:00:00Z"), "2026-04-01 00:00:00 JST");
    EXPECT_EQ(for_people("2026-03-31T15:00:00.123Z"), "2026-04-01 00:00:00 JST");
    EXPECT_EQ(for_people(""), "");
    EXPECT_EQ(for_people("never"), "never");
}

TEST(Times, ADayIsADayInJapan) {
    EXPECT_EQ(to_utc("2026-04-01", DayEdge::start), "2026-03-31T15:00:00Z");
    EXPECT_EQ(to_utc("2026-04-01", DayEdge::end), "2026-04-01T15:00:00Z");
    EXPECT_EQ(to_utc("2026-12-31", DayEdge::end), "2026-12-31T15:00:00Z");
}

TEST(Times, ATimeOfDayIsJapaneseUnlessItSaysOtherwise) {
    EXPECT_EQ(to_utc("2026-04-01T08:30", DayEdge::end), "2026-03-31T23:30:00Z");
    EXPECT_EQ(to_utc("2026-04-01T08:30:15", DayEdge::start), "2026-03-31T23:30:15Z");
    EXPECT_EQ(to_utc("2026-04-01T08:30:15Z", DayEdge::start), "2026-04-01T08:30:15Z");
    EXPECT_EQ(to_utc("2026-04-01T08:30:15+01:00", DayEdge::start), "2026-04-01T07:30:15Z");
}

TEST(Times, WhatIsNoTimeIsNoTime) {
    for (const char* text : {"", "yesterday", "2026-13-01", "2026-02-30", "2026-04-01T25:00", "1 April"})
        EXPECT_FALSE(to_utc(text, DayEdge::start)) << text;
}

TEST(Times, ATerminalIsNotGivenOrders) {
    EXPECT_EQ(printable("\033[31mred\a\n"), "[31mred");
    EXPECT_EQ(printable("山田 太郎"), "山田 太郎");
    EXPECT_EQ(printable("a\xff"), "a\xEF\xBF\xBD");
}

TEST(Times, Utf8HoldsNoNul) {
    EXPECT_TRUE(is_utf8("関守"));
    EXPECT_FALSE(is_utf8("\xff"));
    EXPECT_FALSE(is_utf8(std::string("a\0b", 3)));
}

}  // namespace
}  // namespace sekimori::admin
