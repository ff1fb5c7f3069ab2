// SPDX-License-Identifier: Apache-2.0
#include "biometric/session.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>

namespace sekimori::biometric {
namespace {

using namespace std::chrono_literals;
using wire::FingerFault;
using wire::RetryHint;

// Actions as words, so that a dialogue reads as one line.
std::string text(const std::vector<Action>& actions) {
    std::string line;
    for (const Action& action : actions) {
        if (!line.empty()) line += ' ';
        line += std::visit(
            []<class T>(const T& one) -> std::string {
                if constexpr (std::is_same_v<T, Order>) {
                    constexpr std::array names{"open", "scan", "go_on", "cancel", "close", "give_up"};
                    return names.at(static_cast<std::size_t>(one));
                } else if constexpr (std::is_same_v<T, wire::Armed>) {
                    return "ARMED";
                } else if constexpr (std::is_same_v<T, wire::FingerRetry>) {
                    return "RETRY" + std::to_string(static_cast<int>(one.hint));
                } else if constexpr (std::is_same_v<T, wire::FingerMatched>) {
                    return "MATCH" + std::to_string(one.index);
                } else if constexpr (std::is_same_v<T, wire::FingerNoMatch>) {
                    return "NOMATCH";
                } else if constexpr (std::is_same_v<T, wire::FingerFailed>) {
                    return "FAILED" + std::to_string(static_cast<int>(one.fault));
                } else if constexpr (std::is_same_v<T, wire::EnrolStage>) {
                    return "STAGE" + std::to_string(one.stage) + "/" + std::to_string(one.stages);
                } else {
                    return "DONE";
                }
            },
            action);
    }
    return line;
}

std::string failed(FingerFault fault) { return "FAILED" + std::to_string(static_cast<int>(fault)); }

class SessionTest : public ::testing::Test {
  protected:
    void begin(Purpose purpose, Millis limit = 10s) { session = std::make_unique<Session>(7, purpose, limit, now); }
    std::string step(Event event) { return text(session->step(std::move(event), now)); }
    std::string still() {
        now = session->still_at().value_or(now);
        return step(StillLongEnough{});
    }
    std::string late() {
        now = session->deadline().value_or(now);
        return step(DeadlineOver{});
    }
    void arm(Purpose purpose, Millis limit = 10s) {
        begin(purpose, limit);
        ASSERT_EQ(step(Opened{}), "scan");
        ASSERT_EQ(step(SurfaceSeen{Surface::empty}), "");
        ASSERT_EQ(still(), "ARMED");
    }
    void expect_put_away() {
        EXPECT_TRUE(session->answered());
        EXPECT_EQ(step(ScanEnded{}), "close");
        EXPECT_EQ(step(Closed{}), "");
        EXPECT_TRUE(session->done());
        EXPECT_EQ(session->deadline(), std::nullopt);
    }
    Millis now{1'000'000};
    std::unique_ptr<Session> session;
};

TEST_F(SessionTest, AMatchIsSaidAtMatchTimeAndTheSensorPutAway) {
    arm(Purpose::verify);
    EXPECT_EQ(step(Matched{3}), "MATCH3 cancel");
    expect_put_away();
}

TEST_F(SessionTest, AMismatchEndsTheRequest) {
    arm(Purpose::verify);
    EXPECT_EQ(step(NotMatched{}), "NOMATCH cancel");
    EXPECT_EQ(step(Matched{0}), "");  // a second opinion is not heard
    expect_put_away();
}

TEST_F(SessionTest, ARetryScansOnWithinTheSameDeadlineAndWithoutSettling) {
    arm(Purpose::verify);
    const auto deadline = session->deadline();
    now += 3s;
    EXPECT_EQ(step(Retried{RetryHint::center}), "RETRY2");
    EXPECT_EQ(step(ScanEnded{}), "go_on");
    EXPECT_EQ(session->phase(), Phase::live);
    EXPECT_EQ(session->deadline(), deadline);
    EXPECT_EQ(step(Matched{0}), "MATCH0 cancel");
}

TEST_F(SessionTest, ASensorThatOnlyRetriesIsBroken) {
    arm(Purpose::verify);
    for (std::uint32_t i = 0; i < kMostTurns / 2; ++i) {
        ASSERT_EQ(step(Retried{RetryHint::general}), "RETRY0");
        ASSERT_EQ(step(ScanEnded{}), "go_on");
    }
    EXPECT_EQ(step(Retried{RetryHint::general}), failed(FingerFault::internal) + " cancel");
    arm(Purpose::verify);
    for (std::uint32_t i = 0; i < kMostTurns; ++i) ASSERT_EQ(step(ScanEnded{}), "go_on");
    EXPECT_EQ(step(ScanEnded{}), failed(FingerFault::internal) + " close");
}

TEST_F(SessionTest, TheDeadlineCountsFromArmed) {
    begin(Purpose::verify, 10s);
    (void)step(Opened{});
    now += 4s;
    (void)step(SurfaceSeen{Surface::empty});
    ASSERT_EQ(still(), "ARMED");
    EXPECT_EQ(session->deadline(), now + 10s);
    now += 9999ms;
    EXPECT_EQ(step(DeadlineOver{}), "");  // too early
    now += 1ms;
    EXPECT_EQ(step(DeadlineOver{}), failed(FingerFault::timeout) + " cancel");
    expect_put_away();
}

TEST_F(SessionTest, NoRequestLastsLongerThanTheHeatAllows) {
    const auto start = now;
    arm(Purpose::verify, 1h);
    EXPECT_EQ(session->deadline(), start + kLongestVerify);
    now = start;
    arm(Purpose::enrol, 50s);
    for (std::uint8_t stage = 1; stage < 5; ++stage) {
        now += 40s;
        (void)step(StageAccepted{stage, 5});
        EXPECT_LE(session->deadline(), start + kLongestEnrol);
    }
}

TEST_F(SessionTest, WhatTheSettlingSeesIsThrownAway) {
    begin(Purpose::verify);
    ASSERT_EQ(step(Opened{}), "scan");
    EXPECT_EQ(step(SurfaceSeen{Surface::empty}), "");
    now += 100ms;
    EXPECT_EQ(step(SurfaceSeen{Surface::finger}), "");
    EXPECT_EQ(step(SurfaceSeen{Surface::busy}), "");
    EXPECT_EQ(session->still_at(), std::nullopt);
    EXPECT_EQ(step(Matched{0}), "");
    EXPECT_EQ(step(ScanEnded{}), "scan");  // from the beginning, not on
    EXPECT_EQ(step(StillLongEnough{}), "");
    EXPECT_EQ(step(SurfaceSeen{Surface::empty}), "");
    now += kQuiet - 1ms;
    EXPECT_EQ(step(StillLongEnough{}), "");
    now += 1ms;
    EXPECT_EQ(step(StillLongEnough{}), "ARMED");
}

TEST_F(SessionTest, AFingerThatLiesThereIsToldOnceToGo) {
    begin(Purpose::verify, 10s);
    (void)step(Opened{});
    (void)step(SurfaceSeen{Surface::finger});
    EXPECT_EQ(still(), "RETRY3");
    EXPECT_EQ(session->still_at(), std::nullopt);
    EXPECT_EQ(step(SurfaceSeen{Surface::empty}), "");
    EXPECT_EQ(step(SurfaceSeen{Surface::finger}), "");
    EXPECT_EQ(still(), "RETRY3");
    EXPECT_EQ(late(), failed(FingerFault::already_there) + " cancel");
    expect_put_away();
}

TEST_F(SessionTest, ASensorThatNeverGetsReadyIsATimeout) {
    begin(Purpose::verify, 10s);
    (void)step(Opened{});
    EXPECT_EQ(late(), failed(FingerFault::timeout) + " cancel");
}

TEST_F(SessionTest, AnEnrolmentStageByStage) {
    arm(Purpose::enrol, 30s);
    for (std::uint8_t stage = 1; stage <= 5; ++stage) {
        now += 1s;
        EXPECT_EQ(step(StageAccepted{stage, 5}), "STAGE" + std::to_string(stage) + "/5");
        EXPECT_EQ(session->deadline(), now + 30s);
    }
    EXPECT_EQ(step(Retried{RetryHint::too_short}), "RETRY1");
    EXPECT_EQ(step(Enrolled{}), "DONE cancel");
    expect_put_away();
}

TEST_F(SessionTest, AnEarlyStageIsTakenBack) {
    begin(Purpose::enrol);
    (void)step(Opened{});
    EXPECT_EQ(step(StageAccepted{1, 5}), "cancel");
    EXPECT_EQ(step(ScanEnded{}), "scan");
    EXPECT_EQ(step(SurfaceSeen{Surface::empty}), "");
    EXPECT_EQ(still(), "ARMED");
}

TEST_F(SessionTest, AnEnrolmentThatEndsWithoutATemplateHasFailed) {
    arm(Purpose::enrol);
    EXPECT_EQ(step(ScanEnded{}), failed(FingerFault::internal) + " close");
}

TEST_F(SessionTest, AVerdictOfTheWrongKindIsNotHeard) {
    arm(Purpose::enrol);
    EXPECT_EQ(step(Matched{0}), "");
    EXPECT_EQ(step(NotMatched{}), "");
    arm(Purpose::verify);
    EXPECT_EQ(step(StageAccepted{1, 5}), "");
    EXPECT_EQ(step(Enrolled{}), "");
}

TEST_F(SessionTest, TheSensorIsLost) {
    for (const bool armed : {false, true}) {
        if (armed) {
            arm(Purpose::verify);
        } else {
            begin(Purpose::verify);
            (void)step(Opened{});
        }
        EXPECT_EQ(step(ScanEnded{FingerFault::gone}), failed(FingerFault::gone) + " close");
        EXPECT_TRUE(session->sensor_lost());
        EXPECT_EQ(step(Closed{}), "");
        EXPECT_TRUE(session->done());
    }
}

TEST_F(SessionTest, TheSensorDoesNotOpen) {
    begin(Purpose::verify);
    EXPECT_EQ(step(OpenFailed{FingerFault::busy}), failed(FingerFault::busy));
    EXPECT_TRUE(session->done());
    begin(Purpose::verify);
    EXPECT_EQ(late(), failed(FingerFault::internal) + " give_up");
}

TEST_F(SessionTest, StopIsSilent) {
    begin(Purpose::verify);
    EXPECT_EQ(step(Stopped{}), "");
    EXPECT_TRUE(session->answered());
    EXPECT_EQ(step(Opened{}), "close");
    begin(Purpose::verify);
    (void)step(Opened{});
    EXPECT_EQ(step(Stopped{}), "cancel");
    expect_put_away();
    arm(Purpose::verify);
    EXPECT_EQ(step(Stopped{}), "cancel");
    EXPECT_EQ(step(Matched{0}), "");  // came too late
    expect_put_away();
}

TEST_F(SessionTest, ASensorThatDoesNotEndIsGivenUp) {
    arm(Purpose::verify);
    (void)step(Stopped{});
    EXPECT_EQ(session->deadline(), now + kPatience);
    EXPECT_EQ(late(), "give_up");
    arm(Purpose::verify);
    (void)step(Stopped{});
    (void)step(ScanEnded{});
    EXPECT_EQ(late(), "give_up");
    EXPECT_TRUE(session->done());
}

}  // namespace
}  // namespace sekimori::biometric
