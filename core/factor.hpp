// SPDX-License-Identifier: Apache-2.0
// Factors, their kinds (知識 knowledge, 所持 possession, 存在 inherence) and the sets that a policy may name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace sekimori {

enum class FactorKind : std::uint8_t { possession, inherence, knowledge };

enum class Factor : std::uint8_t { card, finger, pin, password, code };

[[nodiscard]] constexpr FactorKind kind_of(Factor factor) noexcept {
    switch (factor) {
        case Factor::card:
            return FactorKind::possession;
        case Factor::finger:
            return FactorKind::inherence;
        case Factor::pin:
        case Factor::password:
        case Factor::code:
            return FactorKind::knowledge;
    }
    return FactorKind::knowledge;
}

// A set of factors with at least two different kinds: no other can be constructed.
class FactorSet {
  public:
    // Parses "card+finger". Errors: malformed (unknown or repeated name), refused (fewer than two kinds).
    [[nodiscard]] static Result<FactorSet> parse(std::string_view text);
    [[nodiscard]] constexpr bool has(Factor factor) const noexcept { return (bits_ & bit(factor)) != 0; }
    // Every factor of both.
    [[nodiscard]] constexpr FactorSet with(const FactorSet& other) const noexcept {
        return FactorSet(static_cast<std::uint8_t>(bits_ | other.bits_));
    }
    [[nodiscard]] constexpr bool covers(const FactorSet& other) const noexcept { return (other.bits_ & ~bits_) == 0; }
    [[nodiscard]] std::string text() const;
    bool operator==(const FactorSet&) const = default;
    // What is known to the broker as well and checked by it (a PIN is the card's).
    [[nodiscard]] constexpr std::optional<Factor> secret() const noexcept {
        if (has(Factor::code)) return Factor::code;
        if (has(Factor::password)) return Factor::password;
        return std::nullopt;
    }
    // A set that a transaction can prove: a substitute code stands in the card's place, beside the finger and nothing
    // else; every other set has the card, and at most one kind of knowledge.
    [[nodiscard]] constexpr bool provable() const noexcept {
        if (has(Factor::code)) return bits_ == (bit(Factor::code) | bit(Factor::finger));
        return has(Factor::card) && !(has(Factor::pin) && has(Factor::password));
    }

  private:
    explicit constexpr FactorSet(std::uint8_t bits) noexcept : bits_(bits) {}
    static constexpr std::uint8_t bit(Factor factor) noexcept {
        return static_cast<std::uint8_t>(1U << static_cast<unsigned>(factor));
    }
    std::uint8_t bits_;
};

// What a card can prove, weakest first (house.md 6). An identifier can be emulated with cheap tools; a symmetric card
// proves a key that the verifier holds as well; a certificate card proves a key that never leaves it.
enum class CardStrength : std::uint8_t { identifier, symmetric, certificate };

// hold: the card stays on the reader until the verdict (and, later, through the session). tap: it may leave after its
// proof.
enum class Presence : std::uint8_t { hold, tap };

enum class CardType : std::uint8_t { piv, jpki, lite_s, idm };

// The key reference on the card that signs. PIV: SP 800-73-5 part 1 table 4b. The others have one each.
enum class CardSlot : std::uint8_t { none, piv_9a, piv_9e, jpki_auth };

[[nodiscard]] constexpr CardStrength strength_of(CardType type) noexcept {
    switch (type) {
        case CardType::piv:
        case CardType::jpki:
            return CardStrength::certificate;
        case CardType::lite_s:
            return CardStrength::symmetric;
        case CardType::idm:
            return CardStrength::identifier;
    }
    return CardStrength::identifier;
}

// Slots whose signature needs the holder's PIN: only such a signature is a KnowledgeProof (house.md 6).
[[nodiscard]] constexpr bool needs_pin(CardSlot slot) noexcept {
    return slot == CardSlot::piv_9a || slot == CardSlot::jpki_auth;
}

[[nodiscard]] constexpr const char* name_of(CardType type) noexcept {
    switch (type) {
        case CardType::piv:
            return "piv";
        case CardType::jpki:
            return "jpki";
        case CardType::lite_s:
            return "lite-s";
        case CardType::idm:
            return "idm";
    }
    return "";
}
[[nodiscard]] constexpr const char* name_of(CardSlot slot) noexcept {
    switch (slot) {
        case CardSlot::none:
            return "";
        case CardSlot::piv_9a:
            return "9a";
        case CardSlot::piv_9e:
            return "9e";
        case CardSlot::jpki_auth:
            return "auth";
    }
    return "";
}
[[nodiscard]] constexpr const char* name_of(CardStrength strength) noexcept {
    switch (strength) {
        case CardStrength::identifier:
            return "identifier";
        case CardStrength::symmetric:
            return "symmetric";
        case CardStrength::certificate:
            return "certificate";
    }
    return "";
}
[[nodiscard]] std::optional<CardStrength> parse_strength(std::string_view text) noexcept;
[[nodiscard]] std::optional<CardType> parse_card_type(std::string_view text) noexcept;
[[nodiscard]] std::optional<CardSlot> parse_slot(std::string_view text) noexcept;

}  // namespace sekimori
