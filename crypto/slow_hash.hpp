// SPDX-License-Identifier: Apache-2.0
// A secret that a person types, kept so that it can be compared and not read: scrypt over a random salt, with its cost
// beside it. 50 bytes: version 1, log2 of N, salt (16), key (32).
#pragma once

#include <vector>

#include "core/ports.hpp"
#include "core/verifier.hpp"
#include "protocol/secure_bytes.hpp"

namespace sekimori::crypto {

// About 0.1 s and 32 MiB: what is behind it has 40 random bits, or is guessed five times and then locked.
inline constexpr std::uint8_t kSecretCost = 15;

// Errors: invalid_argument (empty), those of scrypt and the Rng.
[[nodiscard]] Result<std::vector<std::uint8_t>> slow_hash(ByteSpan secret, Rng& rng, std::uint8_t log2_n = kSecretCost);

class SlowHashes final : public SecretHashPort {
  public:
    Status verify(ByteSpan stored, ByteSpan typed) override;
};

}  // namespace sekimori::crypto
