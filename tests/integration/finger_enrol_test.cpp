// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include "tests/integration/finger_rig.hpp"

namespace sekimori::test {
namespace {

TEST(FingerEnrol, FiveStagesMakeATemplateOfThisScanner) {
    FingerRig rig;
    rig.start();
    rig.ask_enrol();
    (void)rig.expect<wire::Armed>();
    auto scanner = rig.hand();
    for (std::uint8_t stage = 1; stage <= 5; ++stage) {
        ASSERT_TRUE(scanner.send(FingerRig::press(3, stage)).has_value());
        const auto told = rig.expect<wire::EnrolStage>();
        EXPECT_EQ(told.stage, stage);
        EXPECT_EQ(told.stages, 5);
    }
    const auto done = rig.expect<wire::EnrolDone>();
    EXPECT_EQ(done.scanner.driver, "virtual_image");
    EXPECT_EQ(done.scanner.stages, 5);
    EXPECT_GT(done.data.size(), 1000U);
    EXPECT_EQ(done.data.view().substr(0, 3), "FP3");  // libfprint's own mark
}

TEST(FingerEnrol, ARetryCostsNoStage) {
    FingerRig rig;
    rig.start();
    rig.ask_enrol();
    (void)rig.expect<wire::Armed>();
    auto scanner = rig.hand();
    ASSERT_TRUE(scanner.send(FingerRig::press(3, 1)).has_value());
    EXPECT_EQ(rig.expect<wire::EnrolStage>().stage, 1);
    const fingers::GreyImage blank{256, 288, std::vector<std::uint8_t>(256UL * 288, 200)};
    ASSERT_TRUE(scanner.send(blank).has_value());
    EXPECT_EQ(rig.expect<wire::FingerRetry>().hint, wire::RetryHint::general);
    ASSERT_TRUE(scanner.send(fingers::Retry::too_short).has_value());
    EXPECT_EQ(rig.expect<wire::FingerRetry>().hint, wire::RetryHint::too_short);
    // After such a word the driver waits for the finger to be lifted.
    ASSERT_TRUE(scanner.send(fingers::Finger::lifted).has_value());
    for (std::uint8_t stage = 2; stage <= 5; ++stage) {
        ASSERT_TRUE(scanner.send(FingerRig::press(3, stage)).has_value());
        EXPECT_EQ(rig.expect<wire::EnrolStage>().stage, stage);
    }
    EXPECT_FALSE(rig.expect<wire::EnrolDone>().data.empty());
}

TEST(FingerEnrol, NobodyComesForTheFourthStage) {
    FingerRig rig;
    rig.start();
    rig.ask_enrol(Millis{2000});
    (void)rig.expect<wire::Armed>();
    auto scanner = rig.hand();
    for (std::uint8_t stage = 1; stage <= 3; ++stage) {
        ASSERT_TRUE(scanner.send(FingerRig::press(3, stage)).has_value());
        EXPECT_EQ(rig.expect<wire::EnrolStage>().stage, stage);
    }
    EXPECT_EQ(rig.expect<wire::FingerFailed>().fault, wire::FingerFault::timeout);
}

TEST(FingerEnrol, StoppedHalfwayNothingIsLeft) {
    FingerRig rig;
    rig.start();
    const auto request = rig.ask_enrol();
    (void)rig.expect<wire::Armed>();
    {
        auto scanner = rig.hand();
        ASSERT_TRUE(scanner.send(FingerRig::press(3, 1)).has_value());
        EXPECT_EQ(rig.expect<wire::EnrolStage>().stage, 1);
        rig.say(wire::Stop{request});
        rig.wait_for_rest();
    }
    // The next one begins from the first stage.
    EXPECT_FALSE(rig.enrol(4).empty());
}

}  // namespace
}  // namespace sekimori::test
