// SPDX-License-Identifier: Apache-2.0
// Owners for OpenSSL's handles, for the .cpp files of this folder only.
#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

#include "core/result.hpp"
#include "protocol/wire.hpp"

namespace sekimori::fleet {

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* handle) const noexcept {
        Free(handle);
    }
};
struct FreeBytes {
    void operator()(unsigned char* memory) const noexcept { OPENSSL_free(memory); }
};

using Pkey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using CertificateRequest = std::unique_ptr<X509_REQ, Freed<X509_REQ_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;
using Bio = std::unique_ptr<BIO, Freed<BIO_vfree>>;
using Pkcs8 = std::unique_ptr<PKCS8_PRIV_KEY_INFO, Freed<PKCS8_PRIV_KEY_INFO_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>>;

// The library's queue of errors is emptied, not quoted.
[[nodiscard]] inline tl::unexpected<Error> tls_failed(const char* what) {
    ERR_clear_error();
    return fail(ErrorCode::crypto, std::string("certificates: ") + what + " failed");
}
[[nodiscard]] inline tl::unexpected<Error> tls_malformed(const char* what) {
    ERR_clear_error();
    return fail(ErrorCode::malformed, std::string("certificates: not ") + what);
}

// One whole DER object and nothing behind it.
template <class Handle, class Parse>
Handle parse_der(ByteSpan der, Parse parse) {
    const unsigned char* cursor = der.data();
    Handle handle(der.empty() ? nullptr : parse(nullptr, &cursor, static_cast<long>(der.size())));
    if (handle && cursor != der.data() + der.size()) handle.reset();
    return handle;
}
[[nodiscard]] inline Certificate parse_certificate(ByteSpan der) { return parse_der<Certificate>(der, d2i_X509); }
[[nodiscard]] inline Pkey parse_key(ByteSpan der) { return parse_der<Pkey>(der, d2i_AutoPrivateKey); }

template <class T, class Encode>
Result<wire::Bytes> der_of(T* handle, Encode encode) {
    unsigned char* raw = nullptr;
    const int size = encode(handle, &raw);
    const std::unique_ptr<unsigned char, FreeBytes> owned(raw);
    if (size <= 0) return tls_failed("encoding");
    return wire::Bytes(raw, raw + size);
}

}  // namespace sekimori::fleet
