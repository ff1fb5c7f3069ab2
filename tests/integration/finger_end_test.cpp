// SPDX-License-Identifier: Apache-2.0
// Every way in which a request, the sensor, the broker or the process ends.
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/integration/finger_rig.hpp"

namespace sekimori::test {
namespace {

class FingerEnd : public ::testing::Test {
  protected:
    void SetUp() override {
        rig.start();
        own = rig.enrol(0);
    }
    wire::Request armed(Millis deadline = Millis{10'000}) {
        const auto request = rig.ask_verify({&own}, deadline);
        (void)rig.expect<wire::Armed>();
        return request;
    }
    FingerRig rig;
    SecureBytes own;
};

TEST_F(FingerEnd, StopTurnsTheSensorOff) {
    const auto request = armed();
    auto scanner = rig.hand();
    rig.say(wire::Stop{request});
    rig.wait_for_rest();
    rig.expect_silence(Millis{200});
    (void)armed();  // and the next one finds it working
}

TEST_F(FingerEnd, StopAtAnyMomentAndAgain) {
    for (int delay = 0; delay <= 240; delay += 20) {
        SCOPED_TRACE(delay);
        const auto request = rig.ask_verify({&own});
        if (const auto early = rig.broker.receive(Millis{delay}); early) {
            EXPECT_TRUE(wire::decode<wire::Armed>(early->span()).has_value());
        }
        rig.say(wire::Stop{request});
        rig.say(wire::Stop{request});
        // Armed may have been on its way; nothing else comes.
        if (const auto late = rig.broker.receive(Millis{30}); late) {
            EXPECT_TRUE(wire::decode<wire::Armed>(late->span()).has_value());
        }
    }
    (void)armed();
    auto scanner = rig.hand();
    ASSERT_TRUE(scanner.send(FingerRig::press(0, 40)).has_value());
    (void)rig.expect<wire::FingerMatched>();
}

TEST_F(FingerEnd, AStopOfSomethingElseChangesNothing) {
    const auto request = armed();
    rig.say(wire::Stop{request + 7});
    rig.say(wire::Stop{request - 1});
    auto scanner = rig.hand();
    ASSERT_TRUE(scanner.send(FingerRig::press(0, 40)).has_value());
    (void)rig.expect<wire::FingerMatched>();
}

TEST_F(FingerEnd, ASecondRequestInTheMiddleIsBusy) {
    (void)armed();
    (void)rig.ask_verify({&own});
    EXPECT_EQ(rig.expect<wire::FingerFailed>().fault, wire::FingerFault::busy);
}

TEST_F(FingerEnd, TheBrokerGoesWhileArmed) {
    (void)armed();
    auto scanner = rig.hand();
    rig.broker = Channel();
    EXPECT_EQ(rig.exit_code(), 0);
    EXPECT_FALSE(scanner.send(fingers::Finger::lifted).has_value());
}

TEST_F(FingerEnd, TheBrokerGoesWhileNothingHappens) {
    rig.wait_for_rest();
    rig.broker = Channel();
    EXPECT_EQ(rig.exit_code(), 0);
}

TEST_F(FingerEnd, Retire) {
    rig.say(wire::Retire{});
    EXPECT_EQ(rig.exit_code(), 0);
}

TEST_F(FingerEnd, TheSensorIsUnpluggedInUse) {
    (void)armed();
    auto scanner = rig.hand();
    ASSERT_TRUE(scanner.unplug().has_value());
    EXPECT_EQ(rig.expect<wire::FingerFailed>().fault, wire::FingerFault::gone);
    EXPECT_EQ(rig.exit_code(), 0);
    // Its successor sees what is there now.
    rig.launch();
    rig.welcome();
    EXPECT_EQ(rig.scanners.size(), 1U);
    (void)armed();
}

TEST_F(FingerEnd, UnpluggedInTheMiddleOfAnEnrolment) {
    (void)rig.ask_enrol();
    (void)rig.expect<wire::Armed>();
    auto scanner = rig.hand();
    ASSERT_TRUE(scanner.send(FingerRig::press(3, 1)).has_value());
    (void)rig.expect<wire::EnrolStage>();
    ASSERT_TRUE(scanner.unplug().has_value());
    EXPECT_EQ(rig.expect<wire::FingerFailed>().fault, wire::FingerFault::gone);
    EXPECT_EQ(rig.exit_code(), 0);
}

TEST_F(FingerEnd, TheSensorFails) {
    const std::array faults{std::pair{0, wire::FingerFault::internal}, std::pair{5, wire::FingerFault::internal},
                            std::pair{0x101, wire::FingerFault::too_hot}};
    for (const auto& [code, fault] : faults) {
        SCOPED_TRACE(code);
        (void)armed();
        auto scanner = rig.hand();
        ASSERT_TRUE(scanner.send_device_error(code).has_value());
        EXPECT_EQ(rig.expect<wire::FingerFailed>().fault, fault);
    }
}

TEST_F(FingerEnd, WhatTheBrokerNeverSaysEndsTheProcess) {
    rig.say(wire::Armed{1});
    EXPECT_EQ(rig.exit_code(), 71);
}

TEST_F(FingerEnd, RubbishEndsTheProcess) {
    (void)armed();
    const std::array<std::uint8_t, 4> rubbish{9, 9, 9, 9};
    ASSERT_TRUE(rig.broker.send_bytes(rubbish).has_value());
    EXPECT_EQ(rig.exit_code(), 71);
}

TEST_F(FingerEnd, AGalleryThatDoesNotAddUpEndsTheProcess) {
    rig.say(wire::GalleryItem{50, 0, own.clone()});
    rig.say(wire::Verify{50, 2, 1000});
    EXPECT_EQ(rig.exit_code(), 71);
}

TEST(FingerStart, NoBrokerNoWorker) {
    FingerRig rig;
    std::filesystem::remove(rig.folder() + "/finger.sock");
    rig.launch();
    EXPECT_EQ(rig.exit_code(Millis{20'000}), 69);
}

TEST(FingerStart, OutsideLabModeTheVirtualSensorsAreNotThere) {
    FingerRig rig;
    rig.launch(Lab::off, {{"FP_VIRTUAL_DEVICE", rig.folder() + "/device.sock"}});
    rig.welcome();
    EXPECT_TRUE(rig.scanners.empty());
    EXPECT_NE(rig.log().find("FP_VIRTUAL_IMAGE"), std::string::npos) << rig.log();
    const SecureBytes some(std::size_t{100});
    rig.ask_verify({&some});
    EXPECT_EQ(rig.expect<wire::FingerFailed>().fault, wire::FingerFault::no_scanner);
    rig.ask_enrol();
    EXPECT_EQ(rig.expect<wire::FingerFailed>().fault, wire::FingerFault::no_scanner);
}

TEST(FingerStart, TheProcessGivesNothingAway) {
    FingerRig rig;
    rig.start();
    std::ifstream status("/proc/" + std::to_string(rig.pid()) + "/status");
    const std::string text{std::istreambuf_iterator<char>(status), {}};
    EXPECT_NE(text.find("NoNewPrivs:\t1"), std::string::npos) << text;
    std::ifstream limits("/proc/" + std::to_string(rig.pid()) + "/limits");
    const std::string bounds{std::istreambuf_iterator<char>(limits), {}};
    EXPECT_NE(bounds.find("Max core file size        0                    0"), std::string::npos) << bounds;
}

}  // namespace
}  // namespace sekimori::test
