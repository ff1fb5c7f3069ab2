// SPDX-License-Identifier: Apache-2.0
#include "daemon/auth/card_proof.hpp"

#include <algorithm>
#include <utility>

#include "crypto/felica.hpp"
#include "crypto/hash.hpp"

namespace sekimori::daemon {
namespace {

constexpr Millis kNonceLife = std::chrono::seconds{30};  // facts: cards, F

std::vector<std::uint8_t> digest_of(wire::SignatureScheme scheme, ByteSpan message) {
    if (scheme == wire::SignatureScheme::ecdsa_p384_sha384) {
        const auto hash = crypto::sha384({message});
        return {hash.begin(), hash.end()};
    }
    const auto hash = crypto::sha256({message});
    return {hash.begin(), hash.end()};
}

Denied denied_by(const wire::CardFailed& failed) { return {refusal_of(failed.fault), failed.tries}; }

// STATE block that ends the external authentication (FeliCa Lite-S: EXT_AUTH = 01).
constexpr wire::Block kExtAuth{0x01};

}  // namespace

CardProofRound::CardProofRound(Broker& broker, ProofTarget target, Transcript transcript, SecureBytes pin,
                               std::function<void(ProofResult)> done)
    : broker_(broker), target_(std::move(target)), transcript_(std::move(transcript)), done_(std::move(done)) {
    const Instant now = broker_.clock.now();
    sent_ = now.boottime;
    transcript_.ledger = broker_.ledger;
    transcript_.terminal = broker_.terminal;
    transcript_.card = target_.card;
    transcript_.slot = target_.slot;
    transcript_.time = now.wall;
    start(std::move(pin));
}

void CardProofRound::start(SecureBytes pin) {
    if (!broker_.rng.fill(transcript_.nonce)) return later(Denied{Reason::internal});
    switch (target_.type) {
        case CardType::piv:
        case CardType::jpki:
            return sign(std::move(pin));
        case CardType::lite_s:
            return lite_s();
        case CardType::idm:
            return accept_identifier();
    }
    later(Denied{Reason::internal});
}

void CardProofRound::later(ProofResult result) {
    later_ = soon([this, result = std::move(result)] { finish(result); });
}

void CardProofRound::finish(ProofResult result) {
    const auto done = std::move(done_);
    done_ = nullptr;
    if (done != nullptr) done(std::move(result));  // `this` may be gone after it
}

void CardProofRound::sign(SecureBytes pin) {
    wire::SignChallenge challenge;
    challenge.type = target_.type;
    challenge.slot = target_.slot;
    challenge.scheme = static_cast<wire::SignatureScheme>(target_.scheme);
    challenge.digest = digest_of(challenge.scheme, transcript_.bytes());
    challenge.pin = std::move(pin);
    request_ = broker_.cards.sign(target_.visit, std::move(challenge),
                                  [this](const CardAnswer& answer) { on_signature(answer); });
}

void CardProofRound::on_signature(const CardAnswer& answer) {
    if (const auto* failed = std::get_if<wire::CardFailed>(&answer)) return finish(denied_by(*failed));
    if (std::holds_alternative<WorkerLost>(answer)) return finish(Denied{Reason::card_worker_lost});
    const auto* signed_challenge = std::get_if<wire::SignedChallenge>(&answer);
    if (signed_challenge == nullptr) return finish(Denied{Reason::protocol_error});
    const Millis now = broker_.clock.now().boottime;
    if (now - sent_ > kNonceLife) return finish(Denied{Reason::card_unreadable});
    CardVerifier verifier(broker_.signatures);
    auto proofs = verifier.verify(transcript_, {target_.card, target_.slot, target_.spki, target_.scheme},
                                  signed_challenge->signature, now);
    if (!proofs) return finish(Denied{Reason::card_bad_signature});
    finish(std::move(*proofs));
}

void CardProofRound::lite_s() {
    const auto hash = crypto::sha256({transcript_.bytes()});
    std::copy_n(hash.begin(), exchange_.rc.size(), exchange_.rc.begin());
    request_ =
        broker_.cards.lite_s(target_.visit, exchange_.rc, [this](const CardAnswer& answer) { on_lite_s(answer); });
}

void CardProofRound::on_lite_s(const CardAnswer& answer) {
    if (const auto* failed = std::get_if<wire::CardFailed>(&answer)) return finish(denied_by(*failed));
    if (std::holds_alternative<WorkerLost>(answer)) return finish(Denied{Reason::card_worker_lost});
    if (const auto* first = std::get_if<wire::LiteSAnswer>(&answer)) {
        // One round, one MAC of ours: a worker that answers again would make the broker sign for it.
        if (std::exchange(round_, Round::second) == Round::second) return finish(Denied{Reason::protocol_error});
        exchange_.id = first->id;
        exchange_.ckv = first->ckv;
        exchange_.mac_read = first->mac_a;
        exchange_.wcnt = first->wcnt;
        // The card is asked to trust us only after it has proved itself: a wrong MAC ends it here.
        auto session = crypto::felica::Session::start(target_.secret.span(), exchange_.rc);
        if (!session) return finish(Denied{Reason::card_bad_signature});
        const auto good = session->check_read(
            {{crypto::felica::kBlockId, first->id}, {crypto::felica::kBlockCkv, first->ckv}}, first->mac_a);
        auto write = session->authorize_write(first->wcnt, crypto::felica::kBlockState, kExtAuth);
        if (!good || !write) return finish(Denied{Reason::card_bad_signature});
        if (!broker_.cards.lite_s_authenticate(request_, kExtAuth, *write))
            return finish(Denied{Reason::card_worker_lost});
        return;
    }
    const auto* confirmed = std::get_if<wire::LiteSConfirmed>(&answer);
    if (confirmed == nullptr) return finish(Denied{Reason::protocol_error});
    exchange_.state = confirmed->state;
    exchange_.mac_state = confirmed->mac_a;
    const auto hash = crypto::sha256({transcript_.bytes()});
    Block16 rc{};
    std::copy_n(hash.begin(), rc.size(), rc.begin());
    auto proofs = CardVerifier::verify(transcript_, rc, target_.card, broker_.lite_s, target_.secret.span(),
                                       target_.public_id, exchange_, broker_.clock.now().boottime);
    if (!proofs) return finish(Denied{Reason::card_bad_signature});
    finish(std::move(*proofs));
}

void CardProofRound::accept_identifier() {
    // The reference was looked up by the identifier; there is nothing more that such a card could prove.
    auto proofs =
        CardVerifier::accept_identifier(transcript_, target_.card, target_.least, broker_.clock.now().boottime);
    if (!proofs) return later(Denied{Reason::card_weak});
    later(std::move(*proofs));
}

}  // namespace sekimori::daemon
