// SPDX-License-Identifier: Apache-2.0
// Identities: random 128-bit ids, one type a kind, never reused, never a name. Drawing them is the Rng port's business.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sekimori {

using ByteSpan = std::span<const std::uint8_t>;

[[nodiscard]] inline std::string to_hex(ByteSpan bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const std::uint8_t byte : bytes) {
        text.push_back(digits[byte >> 4]);
        text.push_back(digits[byte & 0x0f]);
    }
    return text;
}

// Both cases of letters are taken; a separator, a space or an odd length is not.
template <std::size_t N>
[[nodiscard]] constexpr std::optional<std::array<std::uint8_t, N>> from_hex(std::string_view text) noexcept {
    if (text.size() != N * 2) return std::nullopt;
    std::array<std::uint8_t, N> bytes{};
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        std::uint8_t value = 0;
        if (c >= '0' && c <= '9')
            value = static_cast<std::uint8_t>(c - '0');
        else if (c >= 'a' && c <= 'f')
            value = static_cast<std::uint8_t>(c - 'a' + 10);
        else if (c >= 'A' && c <= 'F')
            value = static_cast<std::uint8_t>(c - 'A' + 10);
        else
            return std::nullopt;
        bytes[i / 2] = static_cast<std::uint8_t>((bytes[i / 2] << 4) | value);
    }
    return bytes;
}

template <class Tag>
struct Id {
    static constexpr std::size_t kSize = 16;
    std::array<std::uint8_t, kSize> bytes{};

    auto operator<=>(const Id&) const = default;
    // The all-zero id names nothing.
    [[nodiscard]] constexpr bool valid() const noexcept { return bytes != std::array<std::uint8_t, kSize>{}; }
    [[nodiscard]] std::string hex() const { return to_hex(bytes); }
    [[nodiscard]] static constexpr std::optional<Id> parse(std::string_view text) noexcept {
        if (const auto raw = from_hex<kSize>(text)) return Id{*raw};
        return std::nullopt;
    }
};

using PersonId = Id<struct PersonTag>;
using CardId = Id<struct CardTag>;
using FingerId = Id<struct FingerTag>;
using TerminalId = Id<struct TerminalTag>;
using TransactionId = Id<struct TransactionTag>;
using StatementId = Id<struct StatementTag>;
using LedgerId = Id<struct LedgerTag>;
using GroupId = Id<struct GroupTag>;  // of terminals that share the key of who may log in there
using TokenId = Id<struct TokenTag>;  // of one invitation to join a fleet

// SHA-256 of a card's SubjectPublicKeyInfo (DER), of a Lite-S ID block or of an identifier: what a card says it is.
struct CardKey {
    std::array<std::uint8_t, 32> bytes{};
    auto operator<=>(const CardKey&) const = default;
    [[nodiscard]] std::string hex() const { return to_hex(bytes); }
};

}  // namespace sekimori
