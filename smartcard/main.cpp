// SPDX-License-Identifier: Apache-2.0
// sekimori-card: the card worker. Connects to the broker, tells of readers and cards, and serves its requests. With
// --authority it serves sekimori-authority, which started it, over an inherited socket: with the keys of 9C and no
// other.
#include <sys/socket.h>

#include <charconv>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <variant>

#include "core/build.hpp"
#include "protocol/channel.hpp"
#include "protocol/config.hpp"
#include "smartcard/pcsc/connection.hpp"
#include "smartcard/pcsc/monitor.hpp"
#include "smartcard/worker/deadline.hpp"
#include "smartcard/worker/exit_codes.hpp"
#include "smartcard/worker/hardening.hpp"
#include "smartcard/worker/log.hpp"
#include "smartcard/worker/worker.hpp"

namespace {

using namespace sekimori;
using namespace sekimori::smartcard;

constexpr Millis kConnectLimit{5000};
constexpr Millis kConnectPause{20};
constexpr Millis kWelcomeLimit{5000};
constexpr Millis kEndLimit{2000};

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

Status introduce(Channel& channel) {
    if (auto sent = channel.send(wire::WorkerHello{wire::WorkerClass::card, kBuild}); !sent) return sent;
    const auto welcome = channel.receive_as<wire::WorkerWelcome>(kWelcomeLimit);
    if (!welcome) return tl::unexpected<Error>(welcome.error());
    return {};
}

void tell(Channel& channel, const pcsc::PresenceEvent& event) {
    const auto sent = std::visit([&](const auto& message) { return channel.send(message); }, event);
    // The broker must never believe in a card that left: without this message it may not go on. The main thread sees
    // the end of the connection.
    if (!sent) (void)shutdown(channel.fd(), SHUT_RDWR);
}

void log_presence(const pcsc::PresenceEvent& event) {
    if (const auto* list = std::get_if<wire::Readers>(&event))
        log_event("readers", {{"count", std::to_string(list->readers.size())}});
    else if (const auto* present = std::get_if<wire::CardPresent>(&event))
        log_event("card present", {{"reader", present->reader}, {"counter", std::to_string(present->counter)}});
    else if (const auto* absent = std::get_if<wire::CardAbsent>(&event))
        log_event("card absent", {{"reader", absent->reader}, {"counter", std::to_string(absent->counter)}});
}

// What the command line asks for.
struct Options {
    std::string config = "/etc/sekimori/sekimori.conf";
    Purpose purpose{Purpose::login};
    int fd{-1};  // the authority's
};

std::optional<Options> parse(int argc, char** argv) {
    Options options;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string_view name(argv[i]), value(argv[i + 1]);
        if (name == "--config") {
            options.config = value;
        } else if (name == "--authority") {
            const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), options.fd);
            if (error != std::errc{} || end != value.data() + value.size() || options.fd < 0) return std::nullopt;
            options.purpose = Purpose::authority;
        } else {
            return std::nullopt;
        }
    }
    if (argc % 2 == 0) return std::nullopt;
    return options;
}

int serve(const Config& config, const Options& options) {
    auto channel = options.purpose == Purpose::login ? connect_to(config.workers_dir + "/card.sock")
                                                     : Result<Channel>(Channel(UniqueFd(options.fd)));
    if (!channel) {
        log_event("no broker", {{"error", channel.error().message}});
        return kExitNoBroker;
    }
    if (const auto welcome = introduce(*channel); !welcome) {
        log_event("not welcome", {{"error", welcome.error().message}});
        return kExitNoBroker;
    }
    const pcsc::ReaderFilter filter(
        config.readers, config.lab == LabMode::on ? pcsc::SoftwareReaders::allowed : pcsc::SoftwareReaders::refused);
    int code = kExitDone;
    std::optional<pcsc::Monitor> monitor;
    monitor.emplace(filter, [&](const pcsc::PresenceEvent& event) {
        tell(*channel, event);
        log_presence(event);
    });
    Worker worker(*channel,
                  {.open = [&](const std::string& reader, std::uint32_t counter,
                               Start start) { return pcsc::Connection::open(reader, counter, start, options.purpose); },
                   .admits = [&](const std::string& name) { return filter.admits(name); },
                   .roots = config.roots,
                   .purpose = options.purpose});
    code = worker.run();
    const Deadline end(kEndLimit, -1, SecureBytes{});
    monitor.reset();
    return code;
}

}  // namespace

int main(int argc, char** argv) {
    const auto options = parse(argc, argv);
    if (!options) {
        log_event("usage: sekimori-card [--config FILE] [--authority FD]");
        return kExitUsage;
    }
    const auto config = load_config(options->config);
    if (!config) {
        log_event("configuration", {{"error", config.error().message}});
        return kExitUsage;
    }
    if (const auto hard = harden(config->lab); !hard) {
        log_event("hardening", {{"error", hard.error().message}});
        return kExitUsage;
    }
    return serve(*config, *options);
}
