// SPDX-License-Identifier: Apache-2.0
#include "daemon/session/presence.hpp"

#include <algorithm>

namespace sekimori::daemon {

PresenceRound::PresenceRound(Broker& broker, CardVisit visit, CardRecord card, std::string account,
                             std::function<void(Answered)> done)
    : broker_(broker), visit_(visit), card_(std::move(card)), account_(std::move(account)), done_(std::move(done)) {
    request_ = broker_.cards.identify(visit_, [this](const CardAnswer& answer) { on_identified(answer); });
}

void PresenceRound::on_identified(const CardAnswer& answer) {
    const auto* identified = std::get_if<wire::Identified>(&answer);
    const bool mine =
        identified != nullptr &&
        std::any_of(identified->references.begin(), identified->references.end(), [&](const wire::CardReference& one) {
            return one.key == card_.key && one.type == card_.type && one.slot == card_.slot;
        });
    if (!mine || needs_pin(card_.slot)) {
        const auto done = done_;  // `this` may end in the call
        return done(Answered::no);
    }
    prove();
}

void PresenceRound::prove() {
    ProofTarget target{visit_,       card_.type,      card_.id,      card_.slot,          card_.spki,
                       card_.scheme, card_.public_id, SecureBytes(), broker_.policy.least};
    const auto transaction = broker_.rng.draw<TransactionId>();
    auto secret = card_.type == CardType::lite_s ? broker_.store.card_secret(card_.id) : Result<SecureBytes>();
    if (!transaction || !secret) {
        const auto done = done_;
        return done(Answered::no);
    }
    target.secret = std::move(*secret);
    Transcript transcript;
    transcript.purpose = Purpose::presence;
    transcript.service = "presence";
    transcript.person = card_.person;
    transcript.account = account_;
    transcript.transaction = *transaction;
    proof_ = std::make_unique<CardProofRound>(broker_, std::move(target), std::move(transcript), SecureBytes(),
                                              [this](const ProofResult& result) {
                                                  const bool good = std::holds_alternative<CardProofs>(result);
                                                  const auto done = done_;
                                                  done(good ? Answered::yes : Answered::no);
                                              });
}

}  // namespace sekimori::daemon
