// SPDX-License-Identifier: Apache-2.0
// TLV objects of a card: BER (ISO/IEC 7816-4, 5.2) and DER (X.690, 10), definite lengths only. Pure and bounded:
// nothing is copied, every view points into the input, and no function recurses.
#pragma once

#include <optional>

#include "core/ids.hpp"
#include "core/result.hpp"

namespace sekimori::smartcard {

// ber: tags of up to three bytes, lengths of up to three bytes, minimal or not. der: one-byte tags, minimal lengths.
enum class TlvRules : std::uint8_t { ber, der };

inline constexpr std::size_t kMaxTlvValue = 64UL * 1024;
inline constexpr std::size_t kMaxTlvObjects = 64;  // on one level

struct Tlv {
    std::uint32_t tag{};
    ByteSpan value;
    ByteSpan whole;  // tag and length as well
};

class TlvReader {
  public:
    explicit TlvReader(ByteSpan bytes, TlvRules rules = TlvRules::ber) noexcept : rest_(bytes), rules_(rules) {}
    [[nodiscard]] bool done() const noexcept { return rest_.empty(); }
    // The next object. Errors: malformed (cut off, indefinite, not allowed by the rules), too_large. After an error the
    // reader stays where it was.
    [[nodiscard]] Result<Tlv> next();
    // The next object, which must have this tag; its value. Errors: malformed.
    [[nodiscard]] Result<ByteSpan> expect(std::uint32_t tag);

  private:
    ByteSpan rest_;
    TlvRules rules_;
    std::size_t seen_{0};
};

// The value of the first object with this tag on the top level of `bytes`; nullopt: none. What follows it must parse
// too. Errors: malformed, too_large.
[[nodiscard]] Result<std::optional<ByteSpan>> find(ByteSpan bytes, std::uint32_t tag);

// How long the DER object is that begins with `prefix` (at least its first 4 bytes), header included.
// Errors: malformed (no SEQUENCE, bad length), too_large (over `max`).
[[nodiscard]] Result<std::size_t> der_sequence_size(ByteSpan prefix, std::size_t max);

// The SubjectPublicKeyInfo (whole object) of an X.509 certificate (RFC 5280, 4.1): the outer frame is checked, the
// content of the other fields is not looked at. Errors: malformed, too_large.
[[nodiscard]] Result<ByteSpan> spki_of(ByteSpan certificate);

}  // namespace sekimori::smartcard
