// SPDX-License-Identifier: Apache-2.0
// The test plays the broker: it listens on finger.sock, starts the real worker and speaks with it; on the other side it
// is the hand over the virtual sensor.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/build.hpp"
#include "protocol/channel.hpp"
#include "protocol/schema.hpp"
#include "tests/lab/fingers/fixtures.hpp"
#include "tests/lab/fingers/virtual_scanner.hpp"

namespace sekimori::test {

namespace fingers = lab::fingers;

inline constexpr Millis kSoon{10'000};  // for what must come

enum class Lab : std::uint8_t { off, on };

class FingerRig {
  public:
    using Environment = std::map<std::string, std::string>;

    FingerRig();
    ~FingerRig();
    FingerRig(const FingerRig&) = delete;
    FingerRig& operator=(const FingerRig&) = delete;

    // Starts the worker; `environment` on top of what the lab needs. `wrapper`: a command to run it by.
    void launch(Lab lab = Lab::on, const Environment& environment = {}, const std::vector<std::string>& wrapper = {});
    // Accepts its connection and answers its hello. The scanners it has are in `scanners`.
    void welcome();
    void start() {
        launch();
        welcome();
    }
    // Its exit code; -1 if it does not end, or by a signal.
    [[nodiscard]] int exit_code(Millis limit = kSoon);
    [[nodiscard]] pid_t pid() const { return pid_; }
    [[nodiscard]] std::string log() const;
    [[nodiscard]] std::filesystem::path folder() const { return folder_; }
    [[nodiscard]] std::string sensor_path() const { return (folder_ / "sensor.sock").string(); }

    // The next message must be a T.
    template <class T>
    T expect(Millis limit = kSoon);
    // Whether the worker has said something that was not taken yet.
    [[nodiscard]] bool has_spoken() const;
    // Nothing is said for `time`.
    void expect_silence(Millis time);

    template <class T>
    void say(const T& message) {
        const auto sent = broker.send(message);
        ASSERT_TRUE(sent.has_value()) << sent.error().message;
    }
    // Sends gallery and Verify; the number of the request.
    wire::Request ask_verify(const std::vector<const SecureBytes*>& gallery, Millis deadline = Millis{10'000});
    wire::Request ask_enrol(Millis stage_deadline = Millis{10'000});

    [[nodiscard]] fingers::VirtualScanner hand();
    // Waits until the sensor of the last request is closed: before that, a hand may reach for the old one.
    void wait_for_rest() const;
    [[nodiscard]] static fingers::GreyImage press(std::size_t finger, std::uint64_t press);
    // The whole dialogue of an enrolment with the first presses of that finger.
    SecureBytes enrol(std::size_t finger);

    Channel broker;
    std::vector<wire::Scanner> scanners;

  private:
    [[nodiscard]] Result<SecureBytes> next(Millis limit);

    std::filesystem::path folder_;
    UniqueFd listener_;
    pid_t pid_{-1};
    wire::Request last_{0};
};

template <class T>
T FingerRig::expect(Millis limit) {
    auto bytes = next(limit);
    if (!bytes) {
        ADD_FAILURE() << "no message " << static_cast<int>(T::kType) << ": " << bytes.error().message << "\n" << log();
        return {};
    }
    auto message = wire::decode<T>(bytes->span());
    if (!message) {
        ADD_FAILURE() << "not message " << static_cast<int>(T::kType) << " but "
                      << wire::type_of(bytes->span()).value_or(0) << ": " << message.error().message << "\n"
                      << log();
        return {};
    }
    if constexpr (requires { message->request; }) {
        EXPECT_EQ(message->request, last_);
    }
    return std::move(*message);
}

}  // namespace sekimori::test
