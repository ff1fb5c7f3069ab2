// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/finger_rig.hpp"

namespace sekimori::test {
namespace {

TEST(FingerVerify, TellsOfItsScanner) {
    FingerRig rig;
    rig.start();
    ASSERT_EQ(rig.scanners.size(), 1U);
    EXPECT_EQ(rig.scanners[0].driver, "virtual_image");
    EXPECT_EQ(rig.scanners[0].stages, 5);
    EXPECT_EQ(rig.scanners[0].modality, wire::Modality::fingerprint);
    EXPECT_EQ(rig.scanners[0].on_chip, wire::OnChip::no);
}

TEST(FingerVerify, TakesTheOwnFingerAndRefusesAnother) {
    FingerRig rig;
    rig.start();
    const SecureBytes own = rig.enrol(0);
    rig.ask_verify({&own});
    {
        (void)rig.expect<wire::Armed>();
        auto scanner = rig.hand();
        ASSERT_TRUE(scanner.send(FingerRig::press(0, 20)).has_value());
        EXPECT_EQ(rig.expect<wire::FingerMatched>().index, 0);
    }
    rig.ask_verify({&own});
    (void)rig.expect<wire::Armed>();
    auto scanner = rig.hand();
    ASSERT_TRUE(scanner.send(FingerRig::press(1, 20)).has_value());
    (void)rig.expect<wire::FingerNoMatch>();
}

TEST(FingerVerify, AGalleryOfTen) {
    FingerRig rig;
    rig.start();
    std::vector<SecureBytes> prints;
    for (std::size_t finger = 0; finger < 10; ++finger) prints.push_back(rig.enrol(finger));
    std::vector<const SecureBytes*> gallery;
    for (const SecureBytes& print : prints) gallery.push_back(&print);
    for (const std::size_t finger : {std::size_t{9}, std::size_t{4}, std::size_t{0}}) {
        rig.ask_verify(gallery);
        (void)rig.expect<wire::Armed>();
        auto scanner = rig.hand();
        ASSERT_TRUE(scanner.send(FingerRig::press(finger, 21)).has_value());
        EXPECT_EQ(rig.expect<wire::FingerMatched>().index, finger);
    }
    rig.ask_verify(gallery);
    (void)rig.expect<wire::Armed>();
    auto scanner = rig.hand();
    ASSERT_TRUE(scanner.send(FingerRig::press(11, 21)).has_value());
    (void)rig.expect<wire::FingerNoMatch>();
}

TEST(FingerVerify, ATemplateThatDoesNotParseIsLeftOut) {
    FingerRig rig;
    rig.start();
    const SecureBytes own = rig.enrol(0);
    const SecureBytes rubbish(std::size_t{3000});
    rig.ask_verify({&rubbish, &own});
    (void)rig.expect<wire::Armed>();
    auto scanner = rig.hand();
    ASSERT_TRUE(scanner.send(FingerRig::press(0, 22)).has_value());
    EXPECT_EQ(rig.expect<wire::FingerMatched>().index, 1);
    rig.ask_verify({&rubbish});
    EXPECT_EQ(rig.expect<wire::FingerFailed>().fault, wire::FingerFault::bad_template);
    rig.ask_verify({});
    EXPECT_EQ(rig.expect<wire::FingerFailed>().fault, wire::FingerFault::bad_template);
}

// Each hint reaches the person, nothing is lost and no new settling swallows the next touch, however quick.
TEST(FingerVerify, AfterARetryTheNextTouchCountsAtOnce) {
    FingerRig rig;
    rig.start();
    const SecureBytes own = rig.enrol(0);
    const auto image = FingerRig::press(0, 23);
    const std::array hints{std::pair{fingers::Retry::general, wire::RetryHint::general},
                           std::pair{fingers::Retry::too_short, wire::RetryHint::too_short},
                           std::pair{fingers::Retry::center_finger, wire::RetryHint::center},
                           std::pair{fingers::Retry::remove_finger, wire::RetryHint::remove_finger}};
    for (int round = 0; round < 24; ++round) {
        SCOPED_TRACE(round);
        rig.ask_verify({&own});
        (void)rig.expect<wire::Armed>();
        auto scanner = rig.hand();
        for (const auto& [retry, hint] : hints) {
            ASSERT_TRUE(scanner.send(retry).has_value());
            if (round % 2 == 0) {  // waits for the word
                EXPECT_EQ(rig.expect<wire::FingerRetry>().hint, hint);
            }
        }
        ASSERT_TRUE(scanner.send(image).has_value());
        if (round % 2 == 1) {
            for (const auto& pair : hints) EXPECT_EQ(rig.expect<wire::FingerRetry>().hint, pair.second);
        }
        (void)rig.expect<wire::FingerMatched>();
        if (HasFailure()) return;
    }
}

TEST(FingerVerify, APictureWithoutAFingerIsARetry) {
    FingerRig rig;
    rig.start();
    const SecureBytes own = rig.enrol(0);
    rig.ask_verify({&own});
    (void)rig.expect<wire::Armed>();
    auto scanner = rig.hand();
    const fingers::GreyImage blank{256, 288, std::vector<std::uint8_t>(256UL * 288, 200)};
    ASSERT_TRUE(scanner.send(blank).has_value());
    EXPECT_EQ(rig.expect<wire::FingerRetry>().hint, wire::RetryHint::general);
    ASSERT_TRUE(scanner.send(FingerRig::press(0, 24)).has_value());
    (void)rig.expect<wire::FingerMatched>();
}

TEST(FingerVerify, NobodyComes) {
    FingerRig rig;
    rig.start();
    const SecureBytes own = rig.enrol(0);
    rig.ask_verify({&own}, Millis{1000});
    (void)rig.expect<wire::Armed>();
    EXPECT_EQ(rig.expect<wire::FingerFailed>().fault, wire::FingerFault::timeout);
    rig.ask_verify({&own});
    (void)rig.expect<wire::Armed>();
}

// The verdict comes while the finger still lies there.
TEST(FingerVerify, TheVerdictDoesNotWaitForTheFingerToBeLifted) {
    FingerRig rig;
    rig.start();
    const SecureBytes own = rig.enrol(0);
    rig.ask_verify({&own});
    (void)rig.expect<wire::Armed>();
    auto scanner = rig.hand();
    ASSERT_TRUE(scanner.send(fingers::AutomaticFinger::off).has_value());
    ASSERT_TRUE(scanner.send(fingers::Finger::present).has_value());
    ASSERT_TRUE(scanner.send(FingerRig::press(0, 25)).has_value());
    (void)rig.expect<wire::FingerMatched>();
    rig.wait_for_rest();
    rig.ask_verify({&own});
    (void)rig.expect<wire::Armed>();
}

TEST(FingerVerify, SixtyInARow) {
    FingerRig rig;
    rig.start();
    const SecureBytes own = rig.enrol(0);
    const auto right = FingerRig::press(0, 26);
    const auto wrong = FingerRig::press(2, 26);
    for (int round = 0; round < 60 && !HasFailure(); ++round) {
        SCOPED_TRACE(round);
        rig.ask_verify({&own});
        (void)rig.expect<wire::Armed>();
        auto scanner = rig.hand();
        ASSERT_TRUE(scanner.send(round % 3 == 0 ? wrong : right).has_value());
        if (round % 3 == 0)
            (void)rig.expect<wire::FingerNoMatch>();
        else
            (void)rig.expect<wire::FingerMatched>();
    }
}

}  // namespace
}  // namespace sekimori::test
