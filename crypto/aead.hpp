// SPDX-License-Identifier: Apache-2.0
// AES-256-GCM (NIST SP 800-38D). A sealed value is nonce(12) | ciphertext | tag(16); the nonce is random, so that one
// key may seal 2^32 values at the most.
#pragma once

#include <vector>

#include "core/ports.hpp"
#include "core/result.hpp"
#include "protocol/secure_bytes.hpp"

namespace sekimori::crypto {

inline constexpr std::size_t kSealOverhead = 12 + 16;

// `ad` is authenticated, not stored. Errors: invalid_argument (key size), crypto, what the Rng says.
[[nodiscard]] Result<std::vector<std::uint8_t>> seal(ByteSpan key, ByteSpan ad, ByteSpan plain, Rng& rng);
// Errors: mismatch (wrong key, other associated data, or damaged), invalid_argument, crypto.
[[nodiscard]] Result<SecureBytes> open(ByteSpan key, ByteSpan ad, ByteSpan sealed);

}  // namespace sekimori::crypto
