// SPDX-License-Identifier: Apache-2.0
// sekimori-finger at libfprint's virtual sensor; the test is the hand over it as well.
#pragma once

#include <string>
#include <vector>

#include "tests/integration/worker_rig.hpp"
#include "tests/lab/fingers/fixtures.hpp"
#include "tests/lab/fingers/virtual_scanner.hpp"

namespace sekimori::test {

namespace fingers = lab::fingers;

class FingerRig : public WorkerRig {
  public:
    FingerRig() : WorkerRig(wire::WorkerClass::finger, "finger.sock") {}

    // Starts the worker; `environment` on top of what the lab needs. `wrapper`: a command to run it by.
    void launch(Lab lab = Lab::on, const Environment& environment = {}, const std::vector<std::string>& wrapper = {});
    // Accepts its connection and answers its hello. The scanners it has are in `scanners`.
    void welcome();
    void start() {
        launch();
        welcome();
    }
    [[nodiscard]] std::string sensor_path() const { return folder() + "/sensor.sock"; }

    // The next message must be a T.
    template <class T>
    T expect(Millis limit = kSoon);
    // Whether the worker has said something that was not taken yet.
    [[nodiscard]] bool has_spoken() const;
    // Nothing is said for `time`.
    void expect_silence(Millis time);

    // Sends gallery and Verify; the number of the request.
    wire::Request ask_verify(const std::vector<const SecureBytes*>& gallery, Millis deadline = Millis{10'000});
    wire::Request ask_enrol(Millis stage_deadline = Millis{10'000});

    [[nodiscard]] fingers::VirtualScanner hand();
    // Waits until the sensor of the last request is closed: before that, a hand may reach for the old one.
    void wait_for_rest() const;
    [[nodiscard]] static fingers::GreyImage press(std::size_t finger, std::uint64_t press);
    // The whole dialogue of an enrolment with the first presses of that finger.
    SecureBytes enrol(std::size_t finger);

    std::vector<wire::Scanner> scanners;

  private:
    wire::Request last_{0};
};

template <class T>
T FingerRig::expect(Millis limit) {
    auto bytes = broker.receive(limit);
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
