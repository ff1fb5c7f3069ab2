// SPDX-License-Identifier: Apache-2.0
// X25519 (RFC 7748): a key that others can seal something for.
#pragma once

#include <array>

#include "core/ports.hpp"
#include "core/result.hpp"
#include "crypto/hash.hpp"
#include "protocol/secure_bytes.hpp"

namespace sekimori::crypto {

using BoxPublicKey = std::array<std::uint8_t, 32>;

// Move-only; the private key is its 32 bytes.
class BoxKey {
  public:
    [[nodiscard]] static Result<BoxKey> generate(Rng& rng);
    // Errors: invalid_argument (not 32 bytes), crypto.
    [[nodiscard]] static Result<BoxKey> from_seed(ByteSpan seed);
    [[nodiscard]] const BoxPublicKey& public_key() const noexcept { return public_key_; }
    [[nodiscard]] ByteSpan seed() const noexcept { return seed_.span(); }
    // The shared secret, to be derived from and not used itself. Errors: mismatch (a point of small order), crypto.
    [[nodiscard]] Result<SecureBytes> agree(const BoxPublicKey& other) const;

  private:
    BoxKey() = default;
    SecureBytes seed_;
    BoxPublicKey public_key_{};
};

}  // namespace sekimori::crypto
