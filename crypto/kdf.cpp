// SPDX-License-Identifier: Apache-2.0
#include "crypto/kdf.hpp"

#include "crypto/openssl.hpp"

namespace sekimori::crypto {
namespace {

constexpr std::uint64_t kMaxMemory = std::uint64_t{1} << 30;

// OSSL_PARAM's octet strings are not const for historical reasons; a KDF only reads them.
OSSL_PARAM octets(const char* name, ByteSpan bytes) {
    return OSSL_PARAM_construct_octet_string(name, const_cast<std::uint8_t*>(bytes.data()), bytes.size());
}

Result<SecureBytes> derive(const char* algorithm, const OSSL_PARAM* parameters) {
    const KdfHandle kdf(EVP_KDF_fetch(nullptr, algorithm, nullptr));
    const KdfContext context(kdf ? EVP_KDF_CTX_new(kdf.get()) : nullptr);
    SecureBytes out(kKeySize);
    if (!context || out.size() != kKeySize) return library_failed("key derivation");
    if (EVP_KDF_derive(context.get(), out.data(), out.size(), parameters) != 1) return library_failed("key derivation");
    return out;
}

}  // namespace

Result<SecureBytes> hkdf(ByteSpan key, Label label, ByteSpan context) {
    if (key.size() < kKeySize) return fail(ErrorCode::invalid_argument, "hkdf: the key is too short");
    const auto info = concat({label.bytes(), context});
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
                                     octets(OSSL_KDF_PARAM_KEY, key), octets(OSSL_KDF_PARAM_INFO, info),
                                     OSSL_PARAM_construct_end()};
    return derive("HKDF", parameters);
}

Result<Hash> hmac(ByteSpan key, ByteSpan bytes) {
    Hash out{};
    std::size_t size = 0;
    if (EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, key.data(), key.size(), bytes.data(), bytes.size(),
                  out.data(), out.size(), &size) == nullptr ||
        size != out.size())
        return library_failed("a message authentication");
    return out;
}

bool acceptable(const ScryptCost& cost) noexcept {
    if (cost.log2_n < 14 || cost.log2_n > 20 || cost.r == 0 || cost.p == 0 || cost.p > 4) return false;
    return (std::uint64_t{128} * cost.r << cost.log2_n) <= kMaxMemory;
}

Result<SecureBytes> scrypt(ByteSpan passphrase, ByteSpan salt, const ScryptCost& cost) {
    if (passphrase.empty()) return fail(ErrorCode::invalid_argument, "scrypt: the passphrase is empty");
    if (salt.size() < 16) return fail(ErrorCode::invalid_argument, "scrypt: the salt is too short");
    if (!acceptable(cost)) return fail(ErrorCode::unsupported, "scrypt: cost out of bounds");
    std::uint64_t n = std::uint64_t{1} << cost.log2_n;
    std::uint32_t r = cost.r;
    std::uint32_t p = cost.p;
    std::uint64_t most = kMaxMemory + (std::uint64_t{1} << 20);  // OpenSSL counts its small buffers as well
    const OSSL_PARAM parameters[] = {octets(OSSL_KDF_PARAM_PASSWORD, passphrase),
                                     octets(OSSL_KDF_PARAM_SALT, salt),
                                     OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
                                     OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &r),
                                     OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &p),
                                     OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &most),
                                     OSSL_PARAM_construct_end()};
    return derive("SCRYPT", parameters);
}

}  // namespace sekimori::crypto
