// SPDX-License-Identifier: Apache-2.0
// The broker's judge of a card's signature: the enrolled key and the scheme decide, nothing that the card says.
#pragma once

#include "core/ports.hpp"

namespace sekimori::crypto {

class OpenSslVerifier final : public SignatureVerifier {
  public:
    // RSA of 2048 to 4096 bits (rsaEncryption, public exponent from 65537 on), PKCS#1 v1.5 or PSS, both with SHA-256
    // (PSS: MGF1 with SHA-256, salt as long as the hash); ECDSA over the named curves P-256 with SHA-256 and P-384 with
    // SHA-384, the signature in DER.
    Status verify(ByteSpan spki, std::uint8_t scheme, ByteSpan message, ByteSpan signature) override;
};

// Whether a key may be enrolled under a scheme: the same checks, without a signature. Errors: malformed, unsupported.
[[nodiscard]] Status check_key(ByteSpan spki, std::uint8_t scheme);

}  // namespace sekimori::crypto
