// SPDX-License-Identifier: Apache-2.0
// sekimori-finger: the worker that owns the biometric sensor. One process, one thread, one broker.
//
//     sekimori-finger [--config FILE]
//
// Exit: 0 the broker went or said so, or the sensor was unplugged in use; 64 command line or configuration; 69 no
// broker; 70 the sensor does not answer; 71 the broker broke the protocol. After any of them a supervisor starts it
// anew.
#include <chrono>
#include <string>
#include <string_view>
#include <thread>

#include "biometric/drivers.hpp"
#include "biometric/fprint/context.hpp"
#include "biometric/fprint/sensor.hpp"
#include "biometric/worker/environment.hpp"
#include "biometric/worker/event_loop.hpp"
#include "protocol/config.hpp"

namespace {

using namespace sekimori;
using namespace sekimori::biometric;

enum Exit : int { kDone = 0, kUsage = 64, kNoBroker = 69, kStuck = 70, kViolated = 71 };

constexpr Millis kConnectLimit{5000};
constexpr Millis kConnectPause{20};

// The broker may be starting at this moment.
Result<Channel> connect_to(const std::string& path) {
    const auto end = std::chrono::steady_clock::now() + kConnectLimit;
    while (true) {
        auto channel = Channel::connect(path, kConnectLimit);
        if (channel || channel.error().code != ErrorCode::unavailable || std::chrono::steady_clock::now() >= end)
            return channel;
        std::this_thread::sleep_for(kConnectPause);
    }
}

Exit exit_of(Fate fate) {
    switch (fate) {
        case Fate::running:
        case Fate::stuck:
            return kStuck;
        case Fate::retired:
        case Fate::sensor_lost:
            return kDone;
        case Fate::violated:
            return kViolated;
    }
    return kStuck;
}

Exit run(const std::string& path) {
    const auto config = load_config(path);
    if (!config) {
        log_line(config.error().message);
        return kUsage;
    }
    for (const std::string& name : scrub_environment(config->lab)) log_line("not taken from the environment: " + name);
    quiet_logging();
    fprint::Context context([&](std::string_view driver) { return allowed_driver(driver, config->lab); }, log_line);
    fprint::Sensor sensor(context);
    auto broker = connect_to(config->workers_dir + "/finger.sock");
    if (!broker) {
        log_line(broker.error().message);
        return kNoBroker;
    }
    return exit_of(serve(std::move(*broker), sensor, log_line));
}

}  // namespace

int main(int argc, char** argv) {
    std::string path = "/etc/sekimori/sekimori.conf";
    if (argc == 3 && std::string_view(argv[1]) == "--config") {
        path = argv[2];
    } else if (argc != 1) {
        log_line("usage: sekimori-finger [--config FILE]");
        return kUsage;
    }
    if (const auto hardened = harden(); !hardened) {
        log_line(hardened.error().message);
        return kStuck;
    }
    return run(path);
}
