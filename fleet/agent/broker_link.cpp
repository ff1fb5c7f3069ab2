// SPDX-License-Identifier: Apache-2.0
#include "fleet/agent/broker_link.hpp"

#include "core/build.hpp"
#include "event/log.hpp"

namespace sekimori::fleet {
namespace {

constexpr Millis kConnectLimit{100};
constexpr Millis kAgain{200};
constexpr int kBurst = 64;
constexpr std::size_t kMaxBacklog = 4096;  // a broker that reads nothing for so long is stuck

}  // namespace

void BrokerLink::connect() {
    auto channel = Channel::connect(path_, kConnectLimit);
    if (channel && channel->send(wire::WorkerHello{wire::WorkerClass::fleet, kBuild})) {
        channel_ = std::move(*channel);
        state_ = State::greeting;
        loop_.watch(source_, channel_.fd(), Wait::read, [this] { on_ready(); });
        return;
    }
    again_ = loop_.after(kAgain, [this] { connect(); });
}

void BrokerLink::enqueue(SecureBytes bytes) {
    if (queue_.size() >= kMaxBacklog) {
        // Not from within the caller's work.
        again_ = loop_.after(Millis{0}, [this] { lost(); });
        return;
    }
    queue_.push_back(std::move(bytes));
    if (queue_.size() == 1) flush();
}

void BrokerLink::flush() {
    while (!queue_.empty()) {
        const Status sent = channel_.send_bytes(queue_.front().span());
        if (sent) {
            queue_.pop_front();
            continue;
        }
        if (sent.error().code == ErrorCode::busy) {
            loop_.watch(source_, channel_.fd(), Wait::both, [this] { on_ready(); });
            return;
        }
        again_ = loop_.after(Millis{0}, [this] { lost(); });
        return;
    }
}

Status BrokerLink::read_one() {
    auto bytes = channel_.receive(std::nullopt);
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    if (state_ == State::greeting) {
        if (const auto welcome = wire::decode<wire::WorkerWelcome>(bytes->span()); !welcome)
            return tl::unexpected<Error>(welcome.error());
        state_ = State::welcome;
        log_info("the broker is there");
        return {};
    }
    const auto type = wire::type_of(bytes->span());
    if (!type) return tl::unexpected<Error>(type.error());
    return handlers_.message(static_cast<wire::MessageType>(*type), bytes->span());
}

void BrokerLink::on_ready() {
    if (!queue_.empty()) {
        flush();
        if (queue_.empty() && state_ != State::away) {
            loop_.watch(source_, channel_.fd(), Wait::read, [this] { on_ready(); });
            handlers_.drained();
        }
    }
    for (int i = 0; i < kBurst && state_ != State::away; ++i) {
        const Status status = read_one();
        if (status) continue;
        if (status.error().code == ErrorCode::busy) return;
        if (status.error().code != ErrorCode::gone) log_error("the broker: {}", status.error().message);
        return lost();
    }
}

void BrokerLink::lost() {
    if (state_ == State::away) return;
    state_ = State::away;
    source_.reset();
    queue_.clear();
    channel_ = Channel();
    again_ = loop_.after(kAgain, [this] { connect(); });
    log_error("the broker is gone");
    handlers_.lost();
}

}  // namespace sekimori::fleet
