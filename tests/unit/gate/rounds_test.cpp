// SPDX-License-Identifier: Apache-2.0
#include "session_lock/gate/rounds.hpp"

#include <gtest/gtest.h>
#include <security/pam_appl.h>

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
    std::size_t stop_after{1000};  // waits

    Round run() {
        return run_rounds({[this] { return rounds.at(at++); },
                           [this](Millis time) {
                               waited.push_back(time);
                               return waited.size() >= stop_after ? Round::stopped : Round::refused;
                           },
                           [this](Round round) { told.push_back(round); }});
    }
};

TEST(Rounds, GoesOnUntilSomebodyIsGranted) {
    Script script{{Round::unavailable, Round::refused, Round::locked_out, Round::refused, Round::granted}};
    EXPECT_EQ(script.run(), Round::granted);
    EXPECT_EQ(script.told, script.rounds);
    ASSERT_EQ(script.waited.size(), 4U);
    for (const Millis time : script.waited) EXPECT_GT(time, Millis{0});  // a broker that is away is not hammered
}

TEST(Rounds, AnHourOfRefusalsOpensNothing) {
    Script script{std::vector<Round>(3600, Round::refused)};
    script.stop_after = 3600;
    EXPECT_EQ(script.run(), Round::stopped);
    EXPECT_EQ(script.told.size(), 3600U);
}

}  // namespace
}  // namespace sekimori::gate
