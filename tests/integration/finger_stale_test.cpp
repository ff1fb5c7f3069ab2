// SPDX-License-Identifier: Apache-2.0
// What was there before the person was asked never counts; what comes once they are asked always does.
#include <thread>

#include "tests/integration/finger_rig.hpp"

namespace sekimori::test {
namespace {

constexpr int kRounds = 50;

// The own finger comes too early, at every moment between the request and Armed; then another one, or the own one
// again, in time. If the early one counted, the other one would seem to match.
TEST(FingerStale, WhatComesBeforeArmedNeverCountsAndWhatComesAfterAlwaysDoes) {
    FingerRig rig;
    rig.start();
    const SecureBytes own = rig.enrol(0);
    const auto early = FingerRig::press(0, 30);
    const auto other = FingerRig::press(1, 30);
    const auto late = FingerRig::press(0, 31);
    int early_rounds = 0;
    for (int round = 0; round < kRounds && !HasFailure(); ++round) {
        SCOPED_TRACE(round);
        rig.wait_for_rest();
        const auto request = rig.ask_verify({&own});
        auto scanner = rig.hand();
        // The sensor opens for 100 ms and settles for at least as long again: up to three pictures on its wire at
        // different moments of that.
        if (!rig.has_spoken()) std::this_thread::sleep_for(Millis{(round % 10) * 20});
        for (int i = 0; i < round % 4 && !rig.has_spoken(); ++i) ASSERT_TRUE(scanner.send(early).has_value());
        if (rig.has_spoken()) {  // too late for being early: nobody knows which was first
            rig.say(wire::Stop{request});
            while (const auto crossed = rig.broker.receive(Millis{50})) {
            }
            continue;
        }
        ++early_rounds;
        (void)rig.expect<wire::Armed>();
        if (round % 2 == 0) {
            ASSERT_TRUE(scanner.send(late).has_value());
            (void)rig.expect<wire::FingerMatched>();
        } else {
            ASSERT_TRUE(scanner.send(other).has_value());
            (void)rig.expect<wire::FingerNoMatch>();
        }
    }
    EXPECT_GT(early_rounds, kRounds / 3);
}

TEST(FingerStale, AFingerThatLiesThereIsAskedToGo) {
    FingerRig rig;
    rig.start();
    const SecureBytes own = rig.enrol(0);
    rig.wait_for_rest();
    rig.ask_verify({&own});
    auto scanner = rig.hand();
    ASSERT_TRUE(scanner.send(fingers::AutomaticFinger::off).has_value());
    ASSERT_TRUE(scanner.send(fingers::Finger::present).has_value());
    EXPECT_EQ(rig.expect<wire::FingerRetry>().hint, wire::RetryHint::remove_finger);
    // Its picture does not count either.
    ASSERT_TRUE(scanner.send(FingerRig::press(0, 32)).has_value());
    rig.expect_silence(Millis{300});
    ASSERT_TRUE(scanner.send(fingers::Finger::lifted).has_value());
    (void)rig.expect<wire::Armed>();
    ASSERT_TRUE(scanner.send(fingers::AutomaticFinger::on).has_value());
    ASSERT_TRUE(scanner.send(FingerRig::press(0, 33)).has_value());
    (void)rig.expect<wire::FingerMatched>();
}

TEST(FingerStale, AFingerThatStaysEndsTheRequest) {
    FingerRig rig;
    rig.start();
    const SecureBytes own = rig.enrol(0);
    rig.wait_for_rest();
    rig.ask_verify({&own}, Millis{3000});
    auto scanner = rig.hand();
    ASSERT_TRUE(scanner.send(fingers::Finger::present).has_value());
    EXPECT_EQ(rig.expect<wire::FingerRetry>().hint, wire::RetryHint::remove_finger);
    EXPECT_EQ(rig.expect<wire::FingerFailed>().fault, wire::FingerFault::already_there);
}

TEST(FingerStale, AnEarlyPictureIsNoStageOfAnEnrolment) {
    FingerRig rig;
    rig.start();
    rig.ask_enrol();
    auto scanner = rig.hand();
    ASSERT_TRUE(scanner.send(FingerRig::press(1, 1)).has_value());
    ASSERT_TRUE(scanner.send(FingerRig::press(1, 2)).has_value());
    (void)rig.expect<wire::Armed>();
    for (std::uint8_t stage = 1; stage <= 5; ++stage) {
        ASSERT_TRUE(scanner.send(FingerRig::press(0, stage)).has_value());
        EXPECT_EQ(rig.expect<wire::EnrolStage>().stage, stage);
    }
    const auto done = rig.expect<wire::EnrolDone>();
    rig.ask_verify({&done.data});
    (void)rig.expect<wire::Armed>();
    auto again = rig.hand();
    ASSERT_TRUE(again.send(FingerRig::press(1, 3)).has_value());
    (void)rig.expect<wire::FingerNoMatch>();
}

}  // namespace
}  // namespace sekimori::test
