// SPDX-License-Identifier: Apache-2.0
// RSA encodings of a SHA-256 digest (RFC 8017, 9). A PIV card computes the bare RSA operation, so we pad; a JPKI card
// pads a DigestInfo itself.
#pragma once

#include <array>

#include "smartcard/failure.hpp"

namespace sekimori::smartcard {

inline constexpr std::size_t kSha256Size = 32;
inline constexpr std::size_t kRsa2048Size = 256;
inline constexpr std::size_t kPssSalt = 32;

using Digest256 = std::span<const std::uint8_t, kSha256Size>;
using RsaBlock = std::array<std::uint8_t, kRsa2048Size>;

[[nodiscard]] std::array<std::uint8_t, 51> digest_info(Digest256 digest);
[[nodiscard]] RsaBlock pad_pkcs1(Digest256 digest);
// For a modulus of exactly 2048 bits. Errors: internal (the hash failed).
[[nodiscard]] CardResult<RsaBlock> pad_pss(Digest256 digest, std::span<const std::uint8_t, kPssSalt> salt);
// With a fresh salt. Errors: internal.
[[nodiscard]] CardResult<RsaBlock> pad_pss(Digest256 digest);

// Errors: internal.
[[nodiscard]] CardResult<std::array<std::uint8_t, kSha256Size>> sha256(ByteSpan bytes);

}  // namespace sekimori::smartcard
