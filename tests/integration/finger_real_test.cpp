// SPDX-License-Identifier: Apache-2.0
// Recordings of two real sensors and pictures of two real fingers. They are no part of the project: without them these
// tests are skipped.
#include <stdio.h>
#include <stdlib.h>

#include <fstream>

#include "tests/integration/finger_rig.hpp"

namespace sekimori::test {
namespace {

std::filesystem::path shared_data() {
    const char* given = getenv("SEKIMORI_SHARED_DATA");
    return given != nullptr ? std::filesystem::path(given)
                            : std::filesystem::path(SOURCE_TREE).parent_path() / "shared" / "data";
}

// The command that replays the recording of this sensor to a program; empty without the recording or umockdev.
std::vector<std::string> replay(const std::string& sensor) {
    const auto folder = shared_data() / "sensors" / sensor;
    std::ifstream recording(folder / "capture.ioctl");
    std::string word, device;
    if (!(recording >> word >> device) || word != "@DEV") return {};
    if (system("command -v umockdev-run >/dev/null 2>&1") != 0) return {};
    return {"umockdev-run",
            "-d",
            (folder / "device").string(),
            "-i",
            device + "=" + (folder / "capture.ioctl").string(),
            "--"};
}

// What the adapter alone reports of it.
std::string adapter_sees(std::vector<std::string> command) {
    command.emplace_back(REPLAY_PROGRAM);
    std::string line = "ASAN_OPTIONS=detect_leaks=0:verify_asan_link_order=0 timeout 30";
    for (const std::string& word : command) line += " '" + word + "'";
    FILE* pipe = popen((line + " 2>/dev/null").c_str(), "r");
    if (pipe == nullptr) return {};
    std::string output;
    for (int c = fgetc(pipe); c != EOF; c = fgetc(pipe)) output.push_back(static_cast<char>(c));
    EXPECT_EQ(pclose(pipe), 0);
    return output;
}

class RealSensor : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Recordings, RealSensor, ::testing::Values("nb1010", "aes3500"),
                         [](const auto& sensor) { return std::string(sensor.param); });

// The real driver, the real picture, the real detector of minutiae: one stage of an enrolment.
TEST_P(RealSensor, ItsPictureIsAStageOfAnEnrolment) {
    const auto command = replay(GetParam());
    if (command.empty()) GTEST_SKIP() << "no recording of " << GetParam() << ", or no umockdev-run";
    const std::string seen = adapter_sees(command);
    EXPECT_EQ(seen.find("scanner " + std::string(GetParam()) + "\nopened\n"), 0U) << seen;
    EXPECT_NE(seen.find("\nfinger\n"), std::string::npos) << seen;
    EXPECT_NE(seen.find("\nstage\n"), std::string::npos) << seen;
    EXPECT_NE(seen.find("ended\nclosed\n"), std::string::npos) << seen;
}

// In the recording the finger lies on the sensor from the beginning: it must not count.
TEST(RealSensorInTheWorker, AFingerThatIsAlreadyThereDoesNotCount) {
    const auto command = replay("nb1010");
    if (command.empty()) GTEST_SKIP() << "no recording, or no umockdev-run";
    FingerRig rig;
    rig.launch(Lab::off, {}, command);
    rig.welcome();
    ASSERT_EQ(rig.scanners.size(), 1U);
    EXPECT_EQ(rig.scanners[0].driver, "nb1010");
    rig.ask_enrol(Millis{3000});
    auto message = rig.broker.receive(kSoon);
    while (message && wire::decode<wire::FingerRetry>(message->span())) message = rig.broker.receive(kSoon);
    ASSERT_TRUE(message.has_value());
    const auto end = wire::decode<wire::FingerFailed>(message->span());
    ASSERT_TRUE(end.has_value()) << wire::type_of(message->span()).value_or(0);
    EXPECT_EQ(end->fault, wire::FingerFault::already_there);
}

TEST(RealSensorInTheWorker, ADriverThatTakesAlmostAnythingIsRefused) {
    const auto command = replay("aes3500");
    if (command.empty()) GTEST_SKIP() << "no recording, or no umockdev-run";
    FingerRig rig;
    rig.launch(Lab::off, {}, command);
    rig.welcome();
    EXPECT_TRUE(rig.scanners.empty());
    EXPECT_NE(rig.log().find("aes3500"), std::string::npos);
}

TEST(RealFingers, AWhorlIsNoArch) {
    const auto whorl = fingers::load_png_grey(shared_data() / "prints" / "whorl.png");
    const auto arch = fingers::load_png_grey(shared_data() / "prints" / "arch.png");
    if (!whorl || !arch) GTEST_SKIP() << "no pictures: " << (whorl ? arch : whorl).error().message;
    FingerRig rig;
    rig.start();
    for (const auto& [own, other] : {std::pair{&*whorl, &*arch}, std::pair{&*arch, &*whorl}}) {
        rig.ask_enrol();
        (void)rig.expect<wire::Armed>();
        SecureBytes print;
        {
            auto scanner = rig.hand();
            for (std::uint8_t stage = 1; stage <= 5; ++stage) {
                ASSERT_TRUE(scanner.send(*own).has_value());
                EXPECT_EQ(rig.expect<wire::EnrolStage>().stage, stage);
            }
            print = std::move(rig.expect<wire::EnrolDone>().data);
        }
        for (const auto* touch : {own, other}) {
            rig.ask_verify({&print});
            (void)rig.expect<wire::Armed>();
            auto scanner = rig.hand();
            ASSERT_TRUE(scanner.send(*touch).has_value());
            if (touch == own)
                (void)rig.expect<wire::FingerMatched>();
            else
                (void)rig.expect<wire::FingerNoMatch>();
        }
    }
}

}  // namespace
}  // namespace sekimori::test
