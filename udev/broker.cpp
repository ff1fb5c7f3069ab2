// SPDX-License-Identifier: Apache-2.0
#include "udev/broker.hpp"

namespace sekimori::udev {
namespace {

constexpr Millis kConnect = std::chrono::seconds{1};
// Far below udev's own limit. A broker that starts answers in time; a stick that is not let in is looked at again then.
constexpr Millis kAnswer = std::chrono::seconds{4};

}  // namespace

bool Broker::connected() {
    if (!tried_) {
        tried_ = true;
        if (auto channel = Channel::connect(socket_, kConnect)) channel_ = std::move(*channel);
    }
    return static_cast<bool>(channel_);
}

std::optional<wire::MediaVerdict> Broker::ask(const wire::MediaPlugged& device) {
    if (!connected()) return std::nullopt;
    const Status sent = channel_.send(device);
    if (sent && device.settled != wire::Settled::ask) return std::nullopt;
    const auto answer = sent ? channel_.receive_as<wire::MediaAnswer>(kAnswer)
                             : Result<wire::MediaAnswer>(tl::unexpected<Error>(sent.error()));
    if (answer) return answer->verdict;
    // A late answer must not be taken for the next one's.
    channel_ = Channel();
    return std::nullopt;
}

void Broker::swept() {
    if (connected() && !channel_.send(wire::MediaSweep{})) channel_ = Channel();
}

void Broker::gone(const std::string& port) {
    if (connected() && !channel_.send(wire::MediaGone{port})) channel_ = Channel();
}

}  // namespace sekimori::udev
