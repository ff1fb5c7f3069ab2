// SPDX-License-Identifier: Apache-2.0
// The verifiers: the only makers of proofs. Each asks its port to check the mathematics and binds the result to one
// transaction.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "core/ports.hpp"
#include "core/proof.hpp"
#include "core/records.hpp"
#include "core/transcript.hpp"

namespace sekimori {

// What was enrolled; never what the card on the reader says.
struct EnrolledKey {
    CardId card;
    CardSlot slot{};
    ByteSpan spki;
    std::uint8_t scheme{};
};

using Block16 = std::array<std::uint8_t, 16>;

// One whole mutual authentication of a FeliCa Lite-S card. `rc` must be the first 16 bytes of the transcript's SHA-256.
struct LiteSExchange {
    Block16 rc{}, id{}, ckv{}, mac_read{}, wcnt{}, state{}, mac_state{};
};
// Checks both MACs with the card's key: read of [82,86,91] and, after the external authentication, of [92,91] with
// STATE = 01.
class LiteSVerifierPort {
  public:
    virtual ~LiteSVerifierPort() = default;
    virtual Status verify(ByteSpan card_key, ByteSpan enrolled_id, const LiteSExchange& exchange) = 0;
};

struct CardProofs {
    PossessionProof possession;
    std::optional<KnowledgeProof> knowledge;
};

class CardVerifier {
  public:
    explicit CardVerifier(SignatureVerifier& signatures) noexcept : signatures_(signatures) {}

    // Errors: mismatch (a bad signature, or a transcript for another card or slot), and those of the port.
    [[nodiscard]] Result<CardProofs> verify(const Transcript& transcript, const EnrolledKey& key, ByteSpan signature,
                                            Millis at);
    // `rc_expected` = first 16 bytes of SHA-256 over the transcript.
    [[nodiscard]] static Result<CardProofs> verify(const Transcript& transcript, const Block16& rc_expected,
                                                   const CardId& card, LiteSVerifierPort& port, ByteSpan card_key,
                                                   ByteSpan enrolled_id, const LiteSExchange& exchange, Millis at);
    // An identifier proves nothing; the policy must have named it weak before this is called. Never a knowledge proof.
    [[nodiscard]] static Result<CardProofs> accept_identifier(const Transcript& transcript, const CardId& card,
                                                              CardStrength allowed, Millis at);

  private:
    SignatureVerifier& signatures_;
};

class FingerVerifier {
  public:
    // `gallery` is what was sent for this person in this transaction; `index` is the worker's answer. Errors: mismatch.
    [[nodiscard]] static Result<InherenceProof> verify(const Binding& binding, std::span<const FingerId> gallery,
                                                       std::size_t index);
};

// Compares what was typed with a salted slow hash as it was stored.
class SecretHashPort {
  public:
    virtual ~SecretHashPort() = default;
    // Errors: mismatch, malformed (what was stored does not parse), crypto.
    virtual Status verify(ByteSpan stored, ByteSpan typed) = 0;
};

class SecretVerifier {
  public:
    explicit SecretVerifier(SecretHashPort& hashes) noexcept : hashes_(hashes) {}
    // `secret`: what is in force for the person whom the transaction named; `stored`: its own hash. Errors: mismatch,
    // refused (another's secret, or one that is over), and those of the port.
    [[nodiscard]] Result<KnowledgeProof> verify(const Binding& binding, const SecretRecord& secret, const Instant& now,
                                                ByteSpan stored, ByteSpan typed);

  private:
    SecretHashPort& hashes_;
};

class BreakGlassVerifier {
  public:
    explicit BreakGlassVerifier(SecretHashPort& hashes) noexcept : hashes_(hashes) {}
    // Errors: mismatch; refused (used, over, at another terminal, or not by two administrators other than the person).
    [[nodiscard]] Result<BreakGlassProof> verify(const Binding& binding, const BreakGlassRecord& ticket,
                                                 const TerminalId& terminal, const Instant& now, ByteSpan stored,
                                                 ByteSpan typed);

  private:
    SecretHashPort& hashes_;
};

// Whether something that ends at `until` is in force. Nobody can tell on a clock that went back.
[[nodiscard]] constexpr bool in_force(Millis until, const Instant& now) noexcept {
    return now.wall_quality == WallQuality::good && now.wall < until;
}
[[nodiscard]] bool good_ticket(const BreakGlassRecord& ticket, const TerminalId& terminal, const Instant& now) noexcept;

}  // namespace sekimori
