// SPDX-License-Identifier: Apache-2.0
// A sensor that only verifies (libfprint's virtual_device takes a word for a finger): one print of the gallery a touch.
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <string_view>
#include <thread>

#include "tests/integration/finger_rig.hpp"
#include "tests/lab/patient_connect.hpp"

namespace sekimori::test {
namespace {

class OneByOne : public ::testing::Test {
  protected:
    void SetUp() override {
        rig.launch(Lab::on, {{"FP_VIRTUAL_IMAGE", ""}, {"FP_VIRTUAL_DEVICE", path()}});
        rig.welcome();
        ASSERT_EQ(rig.scanners.size(), 1U);
        EXPECT_EQ(rig.scanners[0].driver, "virtual_device");
    }
    [[nodiscard]] std::string path() const { return rig.folder() + "/device.sock"; }

    // One connection a command. The device takes a moment for each (measured: 30 ms).
    void command(std::string_view text) {
        const auto device = lab::connect_patiently(*lab::SocketAddress::of_path(path()), kSoon);
        ASSERT_TRUE(device.has_value()) << std::strerror(device.error());
        ASSERT_EQ(write(device->get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
        (void)shutdown(device->get(), SHUT_WR);
        std::this_thread::sleep_for(Millis{30});
    }
    SecureBytes enrol(std::string_view finger) {
        rig.ask_enrol();
        (void)rig.expect<wire::Armed>();
        const std::uint8_t stages = rig.scanners[0].stages;
        for (std::uint8_t stage = 1; stage <= stages; ++stage) {
            command("SCAN " + std::string(finger));
            EXPECT_EQ(rig.expect<wire::EnrolStage>().stage, stage);
        }
        return std::move(rig.expect<wire::EnrolDone>().data);
    }
    FingerRig rig;
};

TEST_F(OneByOne, EachPrintOfTheGalleryGetsItsTouch) {
    const SecureBytes first = enrol("first");
    const SecureBytes second = enrol("second");
    for (const bool known : {true, false}) {
        rig.ask_verify({&first, &second});
        (void)rig.expect<wire::Armed>();
        command(known ? "SCAN second" : "SCAN stranger");
        EXPECT_EQ(rig.expect<wire::FingerRetry>().hint, wire::RetryHint::general);
        command(known ? "SCAN second" : "SCAN stranger");
        if (known)
            EXPECT_EQ(rig.expect<wire::FingerMatched>().index, 1);
        else
            (void)rig.expect<wire::FingerNoMatch>();
    }
}

TEST_F(OneByOne, ARetryDoesNotUseUpAPrint) {
    const SecureBytes own = enrol("own");
    rig.ask_verify({&own});
    (void)rig.expect<wire::Armed>();
    command("RETRY 1");
    EXPECT_EQ(rig.expect<wire::FingerRetry>().hint, wire::RetryHint::too_short);
    command("SCAN own");
    EXPECT_EQ(rig.expect<wire::FingerMatched>().index, 0);
}

TEST_F(OneByOne, WhatWasSaidBeforeArmedDoesNotCount) {
    const SecureBytes own = enrol("own");
    for (int round = 0; round < 5; ++round) {
        rig.ask_verify({&own});
        command("SCAN own");
        (void)rig.expect<wire::Armed>();
        command("SCAN stranger");
        (void)rig.expect<wire::FingerNoMatch>();
        std::this_thread::sleep_for(Millis{50});
    }
}

// A template of another kind of sensor.
TEST_F(OneByOne, PrintsFitTheirOwnKindOfSensor) {
    const SecureBytes own = enrol("own");
    FingerRig other;
    other.start();
    other.ask_verify({&own});
    EXPECT_EQ(other.expect<wire::FingerFailed>().fault, wire::FingerFault::bad_template);
}

}  // namespace
}  // namespace sekimori::test
