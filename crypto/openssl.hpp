// SPDX-License-Identifier: Apache-2.0
// Owners for OpenSSL's handles. For the .cpp files of this folder only: no interface of ours shows an OpenSSL type.
#pragma once

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>

#include <memory>

#include "core/result.hpp"

namespace sekimori::crypto {

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* handle) const noexcept {
        Free(handle);
    }
};

using PkeyHandle = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using CipherHandle = std::unique_ptr<EVP_CIPHER, Freed<EVP_CIPHER_free>>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Freed<EVP_CIPHER_CTX_free>>;
using KdfHandle = std::unique_ptr<EVP_KDF, Freed<EVP_KDF_free>>;
using KdfContext = std::unique_ptr<EVP_KDF_CTX, Freed<EVP_KDF_CTX_free>>;

// The library's queue of errors is emptied, not quoted: it can name what was in the input.
[[nodiscard]] inline tl::unexpected<Error> library_failed(const char* what) {
    ERR_clear_error();
    return fail(ErrorCode::crypto, std::string("crypto: ") + what + " failed");
}

}  // namespace sekimori::crypto
