// SPDX-License-Identifier: Apache-2.0
// Verifying what a card signed, with OpenSSL and the public key only.
#pragma once

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <memory>

#include "protocol/schema.hpp"

namespace sekimori::smartcard::test {

inline bool verifies(ByteSpan spki, wire::SignatureScheme scheme, ByteSpan digest, ByteSpan signature) {
    const unsigned char* at = spki.data();
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        d2i_PUBKEY(nullptr, &at, static_cast<long>(spki.size())), EVP_PKEY_free);
    if (!key) return false;
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(EVP_PKEY_CTX_new(key.get(), nullptr),
                                                                              EVP_PKEY_CTX_free);
    if (!context || EVP_PKEY_verify_init(context.get()) != 1) return false;
    const EVP_MD* hash = scheme == wire::SignatureScheme::ecdsa_p384_sha384 ? EVP_sha384() : EVP_sha256();
    if (EVP_PKEY_CTX_set_signature_md(context.get(), hash) != 1) return false;
    if (scheme == wire::SignatureScheme::rsa_pkcs1_sha256 &&
        EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) != 1)
        return false;
    if (scheme == wire::SignatureScheme::rsa_pss_sha256 &&
        EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PSS_PADDING) != 1)
        return false;
    return EVP_PKEY_verify(context.get(), signature.data(), signature.size(), digest.data(), digest.size()) == 1;
}

// A digest of the size that the scheme wants.
inline wire::Bytes digest_for(wire::SignatureScheme scheme, std::uint8_t fill = 0x5a) {
    return wire::Bytes(scheme == wire::SignatureScheme::ecdsa_p384_sha384 ? 48 : 32, fill);
}

}  // namespace sekimori::smartcard::test
