// SPDX-License-Identifier: Apache-2.0
#include "session_lock/broker_link.hpp"

#include "core/build.hpp"
#include "event/log.hpp"

namespace sekimori::lockd {
namespace {

constexpr Millis kConnectLimit{100};
constexpr Millis kAgain{200};
constexpr int kBurst = 32;

}  // namespace

void BrokerLink::connect() {
    auto channel = Channel::connect(path_, kConnectLimit);
    if (channel && channel->send(wire::WorkerHello{wire::WorkerClass::lock, kBuild})) {
        channel_ = std::move(*channel);
        state_ = State::greeting;
        loop_.watch(source_, channel_.fd(), Wait::read, [this] { on_readable(); });
        return;
    }
    again_ = loop_.after(kAgain, [this] { connect(); });
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
    return warden_->handle(static_cast<wire::MessageType>(*type), bytes->span());
}

void BrokerLink::on_readable() {
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
    const bool was_welcome = state_ == State::welcome;
    state_ = State::away;
    source_.reset();
    channel_ = Channel();
    again_ = loop_.after(kAgain, [this] { connect(); });
    if (!was_welcome) return;
    log_error("the broker is gone");
    warden_->broker_lost();
}

}  // namespace sekimori::lockd
