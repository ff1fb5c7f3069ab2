// SPDX-License-Identifier: Apache-2.0
// Whose signature a statement may have: Ed25519 everywhere, and ES256 for an authority whose key lies on a card. A
// public key is its raw bytes, and their number tells which of the two: 32 for Ed25519, 33 for a compressed point of
// P-256.
#pragma once

#include <functional>

#include "crypto/ed25519.hpp"

namespace sekimori {

inline constexpr std::size_t kMaxAuthorKey = 33;
[[nodiscard]] constexpr bool is_author_key(ByteSpan key) noexcept { return key.size() == 32 || key.size() == 33; }

// Signs label | bytes. Ed25519's 64 bytes, or r and s of ES256.
using Signer = std::function<Result<crypto::Signature>(crypto::Label, ByteSpan)>;
// Precondition: `key` outlives the signer.
[[nodiscard]] Signer signer_of(const crypto::SigningKey& key);

// Errors: mismatch (not good), malformed (no key).
[[nodiscard]] Status verify_by(ByteSpan author, crypto::Label label, ByteSpan bytes,
                               const crypto::Signature& signature);

}  // namespace sekimori
