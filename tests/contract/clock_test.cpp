// SPDX-License-Identifier: Apache-2.0
// What every Clock keeps to.
#include <gtest/gtest.h>

#include "crypto/system.hpp"
#include "tests/contract/fakes.hpp"

namespace sekimori {
namespace {

template <class Type>
std::unique_ptr<Clock> make_clock();
template <>
std::unique_ptr<Clock> make_clock<fakes::FakeClock>() {
    return std::make_unique<fakes::FakeClock>();
}
template <>
std::unique_ptr<Clock> make_clock<crypto::SystemClock>() {
    auto clock = crypto::SystemClock::make();
    EXPECT_TRUE(clock);
    return std::make_unique<crypto::SystemClock>(*clock);
}

template <class Type>
class ClockContract : public testing::Test {
  protected:
    std::unique_ptr<Clock> clock = make_clock<Type>();
};
using Clocks = testing::Types<fakes::FakeClock, crypto::SystemClock>;
TYPED_TEST_SUITE(ClockContract, Clocks);

TYPED_TEST(ClockContract, BootTimeNeverGoesBack) {
    Instant last = this->clock->now();
    for (int i = 0; i < 1000; ++i) {
        const Instant next = this->clock->now();
        EXPECT_GE(next.boottime, last.boottime);
        last = next;
    }
}

TYPED_TEST(ClockContract, TheBootHasAnIdThatStays) {
    const auto id = this->clock->now().boot_id;
    EXPECT_NE(id, decltype(id){});
    EXPECT_EQ(this->clock->now().boot_id, id);
    EXPECT_EQ(make_clock<TypeParam>()->now().boot_id, id);
}

TYPED_TEST(ClockContract, WallTimeIsMillisecondsSince1970) {
    // Between 2020 and 2200: seconds or microseconds would be far off.
    EXPECT_GT(this->clock->now().wall, Millis{1'577'836'800'000});
    EXPECT_LT(this->clock->now().wall, Millis{7'258'118'400'000});
}

// Whether wall time can be trusted is judged by who knows the high-water mark.
TYPED_TEST(ClockContract, AReadingIsNotSuspectByItself) {
    EXPECT_EQ(this->clock->now().wall_quality, WallQuality::good);
}

TEST(FakeClock, AdvancesAndReboots) {
    fakes::FakeClock clock;
    const Instant before = clock.now();
    clock.advance(Millis{5});
    EXPECT_EQ(clock.now().boottime, before.boottime + Millis{5});
    clock.reboot();
    EXPECT_NE(clock.now().boot_id, before.boot_id);
    EXPECT_EQ(clock.now().boottime, Millis{0});
}

}  // namespace
}  // namespace sekimori
