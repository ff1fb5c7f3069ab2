// SPDX-License-Identifier: Apache-2.0
// The authority signs by a clock that goes on as boot time does, and over a reboot from where it was.
#include "fleet/authority/clock_guard.hpp"

#include <gtest/gtest.h>

namespace sekimori::fleet {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart{{1}, 1h, 500'000h, WallQuality::good};
const ClockRecord kRecord = first_record(499'900h, kStart);

Instant later(Millis boottime, Millis wall) {
    Instant now = kStart;
    now.boottime += boottime;
    now.wall += wall;
    return now;
}
Instant after_reboot(Millis wall) {
    Instant now = later(0ms, wall);
    now.boot_id[0] = 2;
    now.boottime = 1min;
    return now;
}

TEST(ClockGuard, WithinABootItGoesAsBootTimeDoes) {
    EXPECT_EQ(judge(kRecord, kStart), ClockIs::right);
    EXPECT_EQ(judge(kRecord, later(90 * 24h, 90 * 24h)), ClockIs::right) << "however long nobody looked";
    for (const Millis step : {5min, -5min}) {
        EXPECT_EQ(judge(kRecord, later(1h, 1h + step)), ClockIs::right) << "NTP's steps";
    }
    EXPECT_EQ(judge(kRecord, later(1h, 1h + 5min + 1ms)), ClockIs::set);
    EXPECT_EQ(judge(kRecord, later(1h, 1h - 5min - 1ms)), ClockIs::set);
    EXPECT_EQ(judge(kRecord, later(1h, 24h * 365)), ClockIs::set);
    EXPECT_EQ(judge(kRecord, later(1h, 1h + 2s)), ClockIs::right) << "and set right again";
    EXPECT_EQ(judge(went_on(kRecord, later(8h, 8h)), later(8h, 1h)), ClockIs::behind);
}

// A service that is started again by itself is no word of anybody's.
TEST(ClockGuard, ARestartInTheSameBootChangesNothing) {
    const ClockRecord kept = went_on(kRecord, later(8h, 8h));
    EXPECT_EQ(kept.boottime, kRecord.boottime);
    EXPECT_EQ(kept.wall, kRecord.wall);
    EXPECT_EQ(judge(kept, later(9h, 24h * 20)), ClockIs::set);
}

TEST(ClockGuard, OverARebootItIsNeverBehindAndNotFarAhead) {
    EXPECT_EQ(judge(kRecord, after_reboot(-5min)), ClockIs::right);
    EXPECT_EQ(judge(kRecord, after_reboot(-5min - 1ms)), ClockIs::behind);
    EXPECT_EQ(judge(kRecord, after_reboot(24h * 31)), ClockIs::right);
    EXPECT_EQ(judge(kRecord, after_reboot(24h * 31 + 1ms)), ClockIs::ahead);
    const ClockRecord next = went_on(kRecord, after_reboot(24h));
    Instant set = after_reboot(24h);
    set.wall += 1h;
    EXPECT_EQ(judge(next, set), ClockIs::set) << "compared from this boot on";
}

TEST(ClockGuard, WhereNothingIsKeptTheLastEntryCounts) {
    EXPECT_EQ(judge(first_record(0ms, kStart), kStart), ClockIs::right);
    EXPECT_EQ(judge(first_record(kStart.wall - 24h * 31, kStart), kStart), ClockIs::right);
    const ClockRecord long_ago = first_record(kStart.wall - 24h * 400, kStart);
    EXPECT_EQ(judge(long_ago, kStart), ClockIs::ahead) << "a fleet at rest, or a host that stands in another year";
    EXPECT_EQ(judge(accepted(long_ago, kStart), kStart), ClockIs::right);
    EXPECT_EQ(judge(first_record(kStart.wall + 1h, kStart), kStart), ClockIs::behind);
}

TEST(ClockGuard, AnOperatorsWordMakesItRightAndIsSeen) {
    for (const Instant& now :
         {later(1h, 24h * 365), later(1h, -48h), after_reboot(-48h), after_reboot(24h * 365), kStart}) {
        const ClockRecord word = accepted(kRecord, now);
        EXPECT_EQ(judge(word, now), ClockIs::right);
        EXPECT_NE(word.accepted, kRecord.accepted);
        EXPECT_NE(accepted(word, now).accepted, word.accepted);
        Instant on = now;
        on.wall += 1h;
        EXPECT_EQ(judge(word, on), ClockIs::set) << "from now on as before";
    }
}

}  // namespace
}  // namespace sekimori::fleet
