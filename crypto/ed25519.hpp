// SPDX-License-Identifier: Apache-2.0
// Ed25519 (RFC 8032). What is signed is always label | bytes, so that no signature serves two purposes.
#pragma once

#include <array>

#include "core/ports.hpp"
#include "core/result.hpp"
#include "crypto/hash.hpp"
#include "protocol/secure_bytes.hpp"

namespace sekimori::crypto {

using PublicKey = std::array<std::uint8_t, 32>;
using Signature = std::array<std::uint8_t, 64>;

// The private key is its 32-byte seed. Move-only.
class SigningKey {
  public:
    [[nodiscard]] static Result<SigningKey> generate(Rng& rng);
    // Errors: invalid_argument (not 32 bytes), crypto.
    [[nodiscard]] static Result<SigningKey> from_seed(ByteSpan seed);

    [[nodiscard]] const PublicKey& public_key() const noexcept { return public_key_; }
    [[nodiscard]] ByteSpan seed() const noexcept { return seed_.span(); }
    [[nodiscard]] Result<Signature> sign(Label label, ByteSpan bytes) const;

  private:
    SigningKey() = default;
    SecureBytes seed_;
    PublicKey public_key_{};
};

// Errors: mismatch (not good), crypto (the key is no key).
[[nodiscard]] Status verify(const PublicKey& key, Label label, ByteSpan bytes, ByteSpan signature);

}  // namespace sekimori::crypto
