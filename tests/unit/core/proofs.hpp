// SPDX-License-Identifier: Apache-2.0
// Proofs for tests, made the only way there is: by the verifiers, over ports that say yes or no as they are told.
#pragma once

#include <algorithm>

#include "core/verifier.hpp"

namespace sekimori::test {

class FakeSignatures final : public SignatureVerifier {
  public:
    Status verify(ByteSpan, std::uint8_t, ByteSpan message, ByteSpan signature) override {
        last_message.assign(message.begin(), message.end());
        if (!good) return fail(ErrorCode::mismatch, "bad signature");
        return signature.empty() ? Status(fail(ErrorCode::mismatch, "no signature")) : Status{};
    }
    bool good{true};
    std::vector<std::uint8_t> last_message;
};

template <class T>
T id_of(std::uint8_t number) {
    T id;
    id.bytes.back() = number;
    return id;
}

inline CardProofs card_proofs(TransactionId transaction, PersonId person, CardId card, CardSlot slot) {
    FakeSignatures signatures;
    Transcript transcript;
    transcript.transaction = transaction;
    transcript.person = person;
    transcript.card = card;
    transcript.slot = slot;
    const std::uint8_t byte = 1;
    return *CardVerifier(signatures).verify(transcript, {card, slot, {&byte, 1}, 0}, {&byte, 1}, Millis{0});
}

inline InherenceProof finger_proof(TransactionId transaction, PersonId person) {
    const FingerId finger = id_of<FingerId>(9);
    return *FingerVerifier::verify({transaction, person}, std::span(&finger, 1), 0);
}

// Says yes to what was stored under its own name: "stored" and "stored" match.
class FakeHashes final : public SecretHashPort {
  public:
    Status verify(ByteSpan stored, ByteSpan typed) override {
        ++asked;
        if (std::equal(stored.begin(), stored.end(), typed.begin(), typed.end())) return {};
        return fail(ErrorCode::mismatch, "not the secret");
    }
    int asked{0};
};

inline Instant instant(std::int64_t wall, WallQuality quality = WallQuality::good) {
    return {{1}, Millis{0}, Millis{wall}, quality};
}

inline KnowledgeProof secret_proof(TransactionId transaction, PersonId person, SecretUse use) {
    FakeHashes hashes;
    const std::uint8_t byte = 1;
    SecretRecord secret;
    secret.person = person;
    secret.use = use;
    secret.until = Millis{100};
    return *SecretVerifier(hashes).verify({transaction, person}, secret, instant(1), {&byte, 1}, {&byte, 1});
}

inline BreakGlassRecord ticket_of(PersonId person, StatementId id) {
    BreakGlassRecord ticket;
    ticket.id = id;
    ticket.person = person;
    ticket.terminal = id_of<TerminalId>(1);
    ticket.until = Millis{100};
    ticket.by = id_of<PersonId>(101);
    ticket.second = id_of<PersonId>(102);
    return ticket;
}

inline BreakGlassProof glass_proof(TransactionId transaction, PersonId person, StatementId id) {
    FakeHashes hashes;
    const std::uint8_t byte = 1;
    return *BreakGlassVerifier(hashes).verify({transaction, person}, ticket_of(person, id), id_of<TerminalId>(1),
                                              instant(1), {&byte, 1}, {&byte, 1});
}

}  // namespace sekimori::test
