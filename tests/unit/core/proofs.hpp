// SPDX-License-Identifier: Apache-2.0
// Proofs for tests, made the only way there is: by the verifiers, over ports that say yes or no as they are told.
#pragma once

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

}  // namespace sekimori::test
