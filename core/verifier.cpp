// SPDX-License-Identifier: Apache-2.0
#include "core/verifier.hpp"

namespace sekimori {

Result<CardProofs> CardVerifier::verify(const Transcript& transcript, const EnrolledKey& key, ByteSpan signature,
                                        Millis at) {
    if (transcript.card != key.card || transcript.slot != key.slot || key.spki.empty())
        return fail(ErrorCode::mismatch, "the transcript is for another key");
    const auto message = transcript.bytes();
    if (auto status = signatures_.verify(key.spki, key.scheme, message, signature); !status)
        return tl::unexpected<Error>(status.error());
    const Binding binding{transcript.transaction, transcript.person};
    CardProofs proofs{PossessionProof(binding, key.card, at), std::nullopt};
    if (needs_pin(key.slot)) proofs.knowledge = KnowledgeProof(binding, Factor::pin);
    return proofs;
}

Result<CardProofs> CardVerifier::verify(const Transcript& transcript, const Block16& rc_expected, const CardId& card,
                                        LiteSVerifierPort& port, ByteSpan card_key, ByteSpan enrolled_id,
                                        const LiteSExchange& exchange, Millis at) {
    if (transcript.card != card || exchange.rc != rc_expected)
        return fail(ErrorCode::mismatch, "the exchange is for another transcript");
    if (auto status = port.verify(card_key, enrolled_id, exchange); !status)
        return tl::unexpected<Error>(status.error());
    return CardProofs{PossessionProof({transcript.transaction, transcript.person}, card, at), std::nullopt};
}

Result<CardProofs> CardVerifier::accept_identifier(const Transcript& transcript, const CardId& card,
                                                   CardStrength allowed, Millis at) {
    if (transcript.card != card || allowed != CardStrength::identifier)
        return fail(ErrorCode::refused, "identifiers are not accepted");
    return CardProofs{PossessionProof({transcript.transaction, transcript.person}, card, at), std::nullopt};
}

Result<InherenceProof> FingerVerifier::verify(const Binding& binding, std::span<const FingerId> gallery,
                                              std::size_t index) {
    if (index >= gallery.size() || !gallery[index].valid())
        return fail(ErrorCode::mismatch, "the match names no template that was sent");
    return InherenceProof(binding, gallery[index]);
}

Result<KnowledgeProof> SecretVerifier::verify(const Binding& binding, const SecretRecord& secret, const Instant& now,
                                              ByteSpan stored, ByteSpan typed) {
    if (!secret.person.valid() || secret.person != binding.person)
        return fail(ErrorCode::refused, "the secret is another person's");
    // A code always ends; a password may not.
    if ((secret.use == SecretUse::code || secret.until != Millis{0}) && !in_force(secret.until, now))
        return fail(ErrorCode::refused, "the secret is over");
    if (stored.empty() || typed.empty()) return fail(ErrorCode::mismatch, "nothing was typed");
    if (auto status = hashes_.verify(stored, typed); !status) return tl::unexpected<Error>(status.error());
    return KnowledgeProof(binding, secret.use == SecretUse::code ? Factor::code : Factor::password);
}

bool good_ticket(const BreakGlassRecord& ticket, const TerminalId& terminal, const Instant& now) noexcept {
    const bool two = ticket.by && ticket.second && ticket.by->valid() && ticket.second->valid() &&
                     *ticket.by != *ticket.second && *ticket.by != ticket.person && *ticket.second != ticket.person;
    return two && !ticket.used && ticket.terminal == terminal && in_force(ticket.until, now);
}

Result<BreakGlassProof> BreakGlassVerifier::verify(const Binding& binding, const BreakGlassRecord& ticket,
                                                   const TerminalId& terminal, const Instant& now, ByteSpan stored,
                                                   ByteSpan typed) {
    if (!ticket.person.valid() || ticket.person != binding.person || !good_ticket(ticket, terminal, now))
        return fail(ErrorCode::refused, "the ticket is not good for this person here and now");
    if (stored.empty() || typed.empty()) return fail(ErrorCode::mismatch, "nothing was typed");
    if (auto status = hashes_.verify(stored, typed); !status) return tl::unexpected<Error>(status.error());
    return BreakGlassProof(binding, ticket.id);
}

}  // namespace sekimori
