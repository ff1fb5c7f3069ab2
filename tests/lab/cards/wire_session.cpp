// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/cards/wire_session.hpp"

#include "tests/lab/reader/frame.hpp"

namespace sekimori::lab {

WireSession::WireSession(std::shared_ptr<Card> card, Faults faults)
    : card_(std::move(card)), faults_(std::move(faults)) {}

WireSession::~WireSession() { card_->power_off(); }

WireSession::Step WireSession::control(std::uint8_t code) {
    Step step;
    switch (Control{code}) {
        case Control::PowerOff: {
            card_->power_off();
            Exchange exchange;
            for (const auto& fault : faults_) fault->on_power_off(exchange);
            step.ending = exchange.ending;
            step.next = std::move(exchange.next);
            break;
        }
        case Control::PowerOn:
            taken_ = true;
            card_->power_on();
            break;
        case Control::Reset:
            card_->reset();
            break;
        case Control::Atr:
            taken_ = true;
            if (!mute_) step.out = encode_frame(card_->atr()).value_or(Bytes{});
            break;
    }
    return step;
}

WireSession::Step WireSession::on_frame(ByteView body) {
    if (body.empty()) return {};
    if (body.size() == 1) return control(body[0]);
    Exchange exchange;
    exchange.number = ++apdus_;
    exchange.command = body;
    exchange.answer = card_->process(body);
    for (const auto& fault : faults_) fault->on_apdu(exchange);

    Step step;
    step.delay = exchange.delay;
    step.ending = exchange.ending;
    step.next = std::move(exchange.next);
    mute_ = mute_ || exchange.ending == Ending::Mute;
    if (exchange.ending == Ending::Answer || exchange.ending == Ending::PullInMidFrame)
        step.out = encode_frame(exchange.answer).value_or(Bytes{});
    if (exchange.ending == Ending::PullInMidFrame) step.out.resize((step.out.size() + 1) / 2);
    return step;
}

}  // namespace sekimori::lab
