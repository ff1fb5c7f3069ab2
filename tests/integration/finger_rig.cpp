// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/finger_rig.hpp"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>

namespace sekimori::test {
namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> list;
    for (std::string& text : texts) list.push_back(text.data());
    list.push_back(nullptr);
    return list;
}

}  // namespace

FingerRig::FingerRig() {
    std::array<char, 32> pattern{"/tmp/sekimori-finger-XXXXXX"};
    const char* made = mkdtemp(pattern.data());
    if (made == nullptr) {
        ADD_FAILURE() << "no folder";
        return;
    }
    folder_ = made;
    auto listener = listen_at((folder_ / "finger.sock").string(), 0600);
    EXPECT_TRUE(listener.has_value());
    if (listener) listener_ = std::move(*listener);
}

FingerRig::~FingerRig() {
    if (pid_ > 0) {
        (void)kill(pid_, SIGKILL);
        (void)waitpid(pid_, nullptr, 0);
    }
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
}

void FingerRig::launch(Lab lab, const Environment& environment, const std::vector<std::string>& wrapper) {
    const std::string config = (folder_ / "sekimori.conf").string();
    std::ofstream(config) << "[paths]\nstate=" << folder_.string() << "/state\nrun=" << folder_.string()
                          << "\nworkers=" << folder_.string()
                          << "\n[lab]\nenabled=" << (lab == Lab::on ? "true" : "false") << "\n";
    Environment all{{"PATH", "/usr/bin:/bin"},
                    {"DBUS_SYSTEM_BUS_ADDRESS", "unix:path=" + (folder_ / "bus").string()},
                    {"FP_VIRTUAL_IMAGE", sensor_path()},
                    // GLib and libfprint keep what they load once; umockdev comes before the sanitizer.
                    {"ASAN_OPTIONS", "detect_leaks=0:verify_asan_link_order=0"}};
    for (const auto& [name, value] : environment) all[name] = value;
    std::vector<std::string> variables;
    for (const auto& [name, value] : all)
        if (!value.empty()) variables.push_back(name + "=" + value);
    std::vector<std::string> command = wrapper;
    command.insert(command.end(), {FINGER_WORKER, "--config", config});
    const auto argv = pointers(command);
    const auto envp = pointers(variables);
    const std::string out = (folder_ / "log").string();
    pid_ = fork();
    ASSERT_GE(pid_, 0);
    if (pid_ == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (freopen(out.c_str(), "a", stderr) == nullptr) _exit(126);
        execvpe(argv[0], argv.data(), envp.data());
        _exit(127);
    }
}

void FingerRig::welcome() {
    pollfd item{listener_.get(), POLLIN, 0};
    ASSERT_EQ(poll(&item, 1, static_cast<int>(kSoon.count())), 1) << "the worker does not connect\n" << log();
    auto channel = accept_from(listener_.get());
    ASSERT_TRUE(channel.has_value());
    broker = std::move(*channel);
    const auto hello = expect<wire::WorkerHello>();
    EXPECT_EQ(hello.worker, wire::WorkerClass::finger);
    EXPECT_EQ(hello.build, kBuild);
    say(wire::WorkerWelcome{});
    scanners = expect<wire::Scanners>().scanners;
}

int FingerRig::exit_code(Millis limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    int status = 0;
    while (waitpid(pid_, &status, WNOHANG) == 0) {
        if (std::chrono::steady_clock::now() >= end) return -1;
        std::this_thread::sleep_for(Millis{2});
    }
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string FingerRig::log() const {
    std::ifstream file(folder_ / "log");
    return {std::istreambuf_iterator<char>(file), {}};
}

Result<SecureBytes> FingerRig::next(Millis limit) { return broker.receive(limit); }

bool FingerRig::has_spoken() const {
    pollfd item{broker.fd(), POLLIN, 0};
    return poll(&item, 1, 0) > 0;
}

void FingerRig::expect_silence(Millis time) {
    const auto bytes = next(time);
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
