// SPDX-License-Identifier: Apache-2.0
// ES256: ECDSA over P-256 with SHA-256, as a PIV card's key signs. Over label | bytes, like Ed25519.
#pragma once

#include <array>

#include "core/result.hpp"
#include "crypto/ed25519.hpp"

namespace sekimori::crypto {

using P256Point = std::array<std::uint8_t, 33>;  // compressed (SEC 1)

// `signature`: r and s, 32 bytes each. Errors: mismatch (not good), malformed (no point of the curve), crypto.
[[nodiscard]] Status verify_es256(ByteSpan point, Label label, ByteSpan bytes, ByteSpan signature);

// What a card returns (DER) as r and s. Errors: malformed.
[[nodiscard]] Result<Signature> es256_from_der(ByteSpan der);
// The compressed point of a SubjectPublicKeyInfo (DER). Errors: malformed, unsupported (not P-256).
[[nodiscard]] Result<P256Point> p256_of_spki(ByteSpan spki);

}  // namespace sekimori::crypto
