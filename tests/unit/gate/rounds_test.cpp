// SPDX-License-Identifier: Apache-2.0
#include "session_lock/gate/rounds.hpp"

#include <gtest/gtest.h>
#include <security/pam_appl.h>

#include <algorithm>
#include <vector>

namespace sekimori::gate {
namespace {

TEST(Rounds, OpenOnlyByTwoSuccesses) {
    for (int authentication = 0; authentication < _PAM_RETURN_VALUES; ++authentication)
        for (int account = 0; account < _PAM_RETURN_VALUES; ++account) {
            const bool both = authentication == PAM_SUCCESS && account == PAM_SUCCESS;
            EXPECT_EQ(round_of(authentication, account) == Round::granted, both) << authentication << ' ' << account;
            EXPECT_NE(round_of(authentication, account), Round::stopped);
        }
    EXPECT_EQ(round_of(PAM_IGNORE, PAM_SUCCESS), Round::refused);
    EXPECT_EQ(round_of(PAM_SUCCESS, PAM_PERM_DENIED), Round::refused);
    EXPECT_EQ(round_of(PAM_MAXTRIES, PAM_ABORT), Round::locked_out);
    EXPECT_EQ(round_of(PAM_AUTHINFO_UNAVAIL, PAM_ABORT), Round::unavailable);
    EXPECT_EQ(round_of(PAM_MODULE_UNKNOWN, PAM_ABORT), Round::unavailable);
}

struct Script {
    std::vector<Round> rounds;
    std::size_t at{0};
    std::vector<Round> told{};
    std::vector<Millis> waited{};
    std::vector<Rescue> offered{};
    std::size_t stop_after{1000};  // waits
    Millis now{0}, a_round{0};
    Pause pause{Pause::over};
    std::size_t rescued{0};

    Round run() {
        return run_rounds({[this] {
                               now += a_round;
                               return rounds.at(at++);
                           },
                           [this](Millis time, Rescue) {
                               waited.push_back(time);
                               now += time;
                               return waited.size() >= stop_after ? Pause::stopped : pause;
                           },
                           [this](Round round, Rescue rescue) {
                               told.push_back(round);
                               offered.push_back(rescue);
                           },
                           [this] { return now; }, [this] { ++rescued; }});
    }
};

TEST(Rounds, GoesOnUntilSomebodyIsGranted) {
    Script script{{Round::unavailable, Round::refused, Round::locked_out, Round::refused, Round::granted}};
    EXPECT_EQ(script.run(), Round::granted);
    EXPECT_EQ(script.told, script.rounds);
    ASSERT_EQ(script.waited.size(), 4U);
    for (const Millis time : script.waited) EXPECT_GT(time, Millis{0});  // a broker that is away is not hammered
    EXPECT_EQ(script.offered, std::vector<Rescue>(5, Rescue::not_yet));
}

TEST(Rounds, AnHourOfRefusalsOpensNothing) {
    Script script{std::vector<Round>(3600, Round::refused)};
    script.stop_after = 3600;
    script.pause = Pause::key;
    EXPECT_EQ(script.run(), Round::stopped);
    EXPECT_EQ(script.told.size(), 3600U);
    EXPECT_EQ(script.rescued, 0U);  // these devices work: no key asks for the code
}

TEST(Rounds, TheCodeIsOfferedAfterAMinuteOfNothing) {
    Script script{std::vector<Round>(101, Round::unavailable)};
    script.rounds.back() = Round::granted;
    script.pause = Pause::key;
    EXPECT_EQ(script.run(), Round::granted);
    const auto first = std::find(script.offered.begin(), script.offered.end(), Rescue::offered);
    EXPECT_EQ(first - script.offered.begin(), kPatience / pause_after(Round::unavailable, Rescue::not_yet));
    EXPECT_EQ(script.rescued, 70U);
    EXPECT_EQ(script.offered.back(), Rescue::not_yet);  // they are back
}

TEST(Rounds, AWeekWithoutAReaderDoesNotFillTheTrail) {
    Script script{std::vector<Round>(100'000, Round::unavailable)};
    script.stop_after = 100'000;
    EXPECT_EQ(script.run(), Round::stopped);
    const auto minute =
        std::count(script.waited.begin(), script.waited.end(), pause_after(Round::unavailable, Rescue::not_yet));
    EXPECT_EQ(minute, kPatience / pause_after(Round::unavailable, Rescue::not_yet));
    EXPECT_GE(script.waited.back(), std::chrono::seconds{10});
}

TEST(Rounds, OneSignOfLifeAndTheMinuteBeginsAnew) {
    for (const Round round : {Round::refused, Round::locked_out, Round::granted}) {
        Patience patience;
        EXPECT_EQ(patience.after(Round::unavailable, Millis{0}), Rescue::not_yet);
        EXPECT_EQ(patience.after(Round::unavailable, kPatience - Millis{1}), Rescue::not_yet);
        EXPECT_EQ(patience.after(round, kPatience), Rescue::not_yet);
        EXPECT_EQ(patience.after(Round::unavailable, kPatience + Millis{1}), Rescue::not_yet);
        EXPECT_EQ(patience.after(Round::unavailable, 2 * kPatience), Rescue::not_yet);
        EXPECT_EQ(patience.after(Round::unavailable, 2 * kPatience + Millis{1}), Rescue::offered);
    }
}

TEST(Rounds, WhatComesOfTheCodeOpensNothing) {
    Script script{std::vector<Round>(100, Round::unavailable)};
    script.stop_after = 60;
    script.pause = Pause::key;
    EXPECT_EQ(script.run(), Round::stopped);
    EXPECT_EQ(script.told.size(), 60U);
    EXPECT_GT(script.rescued, 0U);
}

}  // namespace
}  // namespace sekimori::gate
