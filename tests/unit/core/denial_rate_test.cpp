// SPDX-License-Identifier: Apache-2.0
#include "core/denial_rate.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace sekimori {
namespace {

using namespace std::chrono_literals;

TEST(DenialRate, SoManyAnHourAndSoManyADay) {
    const DenialRate rate{2, 3};
    const Millis now = 1000h;
    EXPECT_FALSE(not_before(rate, {}, now));
    EXPECT_FALSE(not_before(rate, std::vector<Millis>{now - 1min}, now));
    EXPECT_EQ(not_before(rate, std::vector<Millis>{now - 1min, now - 20min}, now), now + 40min);
    EXPECT_EQ(not_before(rate, std::vector<Millis>{now - 20min, now - 1min}, now), now + 40min) << "in any order";
    EXPECT_FALSE(not_before(rate, std::vector<Millis>{now - 1min, now - 60min}, now)) << "an hour is over";
    EXPECT_EQ(not_before(rate, std::vector<Millis>{now - 2h, now - 3h, now - 5h}, now), now + 19h);
    EXPECT_EQ(not_before(rate, std::vector<Millis>{now - 1min, now - 2min, now - 5h}, now), now + 19h)
        << "the later of the two";
    EXPECT_FALSE(not_before(rate, std::vector<Millis>{now - 2h, now - 3h, now - 24h}, now));
}

TEST(DenialRate, AClockThatWasSetBackFreesNobody) {
    const Millis now = 1000h;
    EXPECT_EQ(not_before({2, 20}, std::vector<Millis>{now + 500h, now + 600h}, now), now + 1h);
    EXPECT_EQ(not_before({2, 20}, std::vector<Millis>{now + 500h, now + 600h}, 10h), 11h);
}

TEST(DenialRate, NoneIsNone) {
    EXPECT_EQ(not_before({0, 20}, {}, 1000h), 1001h);
    EXPECT_EQ(not_before({5, 0}, {}, 1000h), 1024h);
}

// Whatever the times: as many as may be, and never one more, in any hour and any day.
TEST(DenialRate, NoHourAndNoDayHasMore) {
    const DenialRate rate{3, 7};
    std::vector<Millis> said;
    Millis now = 100h;
    for (int step = 0; step < 2000; ++step) {
        now += Millis{(step * 7919) % 1'800'000};
        const auto again = not_before(rate, said, now);
        if (again) {
            EXPECT_GT(*again, now);
            EXPECT_FALSE(not_before(rate, said, *again));
            EXPECT_TRUE(not_before(rate, said, *again - 1ms));
            continue;
        }
        said.push_back(now);
        const auto within = [&](Millis span) {
            std::size_t count = 0;
            for (const Millis time : said) count += now - time < span ? 1U : 0U;
            return count;
        };
        EXPECT_LE(within(1h), 3U);
        EXPECT_LE(within(24h), 7U);
    }
    EXPECT_GT(said.size(), 50U);
}

}  // namespace
}  // namespace sekimori
