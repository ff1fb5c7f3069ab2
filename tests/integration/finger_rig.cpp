// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/finger_rig.hpp"

#include <poll.h>

#include <chrono>
#include <thread>

namespace sekimori::test {

void FingerRig::launch(Lab lab, const Environment& environment, const std::vector<std::string>& wrapper) {
    Environment all{{"FP_VIRTUAL_IMAGE", sensor_path()},
                    // GLib and libfprint keep what they load once; umockdev comes before the sanitizer.
                    {"ASAN_OPTIONS", "detect_leaks=0:verify_asan_link_order=0"}};
    for (const auto& [name, value] : environment) all[name] = value;
    std::vector<std::string> command = wrapper;
    command.emplace_back(FINGER_WORKER);
    run(std::move(command), lab, {}, all);
}

void FingerRig::welcome() {
    greet();
    scanners = expect<wire::Scanners>().scanners;
}

bool FingerRig::has_spoken() const {
    pollfd item{broker.fd(), POLLIN, 0};
    return poll(&item, 1, 0) > 0;
}

void FingerRig::expect_silence(Millis time) {
    const auto bytes = broker.receive(time);
    if (bytes) {
        ADD_FAILURE() << "message " << wire::type_of(bytes->span()).value_or(0) << " instead of silence\n" << log();
        return;
    }
    EXPECT_EQ(bytes.error().code, ErrorCode::timeout) << log();
}

wire::Request FingerRig::ask_verify(const std::vector<const SecureBytes*>& gallery, Millis deadline) {
    ++last_;
    std::uint8_t index = 0;
    for (const SecureBytes* item : gallery) say(wire::GalleryItem{last_, index++, item->clone()});
    say(wire::Verify{last_, index, static_cast<std::uint32_t>(deadline.count())});
    return last_;
}

wire::Request FingerRig::ask_enrol(Millis stage_deadline) {
    say(wire::EnrolFinger{++last_, static_cast<std::uint32_t>(stage_deadline.count())});
    return last_;
}

fingers::VirtualScanner FingerRig::hand() {
    auto scanner = fingers::VirtualScanner::connect(sensor_path(), kSoon);
    EXPECT_TRUE(scanner.has_value()) << log();
    return std::move(scanner.value());
}

void FingerRig::wait_for_rest() const {
    const auto end = std::chrono::steady_clock::now() + kSoon;
    while (fingers::VirtualScanner::connect(sensor_path(), Millis{0})) {
        ASSERT_LT(std::chrono::steady_clock::now(), end) << "the sensor stays open";
        std::this_thread::sleep_for(Millis{2});
    }
}

fingers::GreyImage FingerRig::press(std::size_t finger, std::uint64_t press) {
    const fingers::MasterCache cache(PRINT_CACHE);
    auto image = cache.press(fingers::screened_fingers.at(finger), fingers::PressNumber{press});
    EXPECT_TRUE(image.has_value());
    return image ? std::move(*image) : fingers::GreyImage{};
}

SecureBytes FingerRig::enrol(std::size_t finger) {
    (void)ask_enrol();
    (void)expect<wire::Armed>();
    auto scanner = hand();
    for (std::uint8_t stage = 1; stage <= 5; ++stage) {
        EXPECT_TRUE(scanner.send(press(finger, stage)).has_value());
        EXPECT_EQ(expect<wire::EnrolStage>().stage, stage);
    }
    auto done = expect<wire::EnrolDone>();
    EXPECT_FALSE(done.data.empty());
    return std::move(done.data);
}

}  // namespace sekimori::test
