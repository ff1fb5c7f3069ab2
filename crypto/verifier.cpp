// SPDX-License-Identifier: Apache-2.0
#include "crypto/verifier.hpp"

#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <string_view>

#include "crypto/openssl.hpp"
#include "protocol/schema.hpp"

namespace sekimori::crypto {
namespace {

using wire::SignatureScheme;

constexpr std::size_t kMaxSpki = 1024;  // RSA-4096 needs 550

struct Rule {
    SignatureScheme scheme;
    const char* type;   // OpenSSL's name of the key type
    const char* curve;  // nullptr: RSA
    int padding;
    const EVP_MD* (*digest)();
};
constexpr std::array kRules{
    Rule{SignatureScheme::rsa_pkcs1_sha256, "RSA", nullptr, RSA_PKCS1_PADDING, EVP_sha256},
    Rule{SignatureScheme::rsa_pss_sha256, "RSA", nullptr, RSA_PKCS1_PSS_PADDING, EVP_sha256},
    Rule{SignatureScheme::ecdsa_p256_sha256, "EC", "prime256v1", 0, EVP_sha256},
    Rule{SignatureScheme::ecdsa_p384_sha384, "EC", "secp384r1", 0, EVP_sha384},
};

const Rule* rule_of(std::uint8_t scheme) noexcept {
    for (const Rule& rule : kRules)
        if (static_cast<std::uint8_t>(rule.scheme) == scheme) return &rule;
    return nullptr;
}

struct BigFreed {
    void operator()(BIGNUM* number) const noexcept { BN_free(number); }
};

// FIPS 186-5 A.1.1: 2^16 < e < 2^256, odd. (e = 1 would take anything for a signature.)
bool good_rsa(const EVP_PKEY* key) {
    const int bits = EVP_PKEY_get_bits(key);
    BIGNUM* raw = nullptr;
    if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &raw) != 1) return false;
    const std::unique_ptr<BIGNUM, BigFreed> exponent(raw);
    const int size = BN_num_bits(exponent.get());
    return bits >= 2048 && bits <= 4096 && size >= 17 && size <= 256 && BN_is_odd(exponent.get()) == 1;
}

bool text_is(const EVP_PKEY* key, const char* parameter, std::string_view expected) {
    std::array<char, 64> text{};
    std::size_t size = 0;
    return EVP_PKEY_get_utf8_string_param(key, parameter, text.data(), text.size(), &size) == 1 &&
           std::string_view(text.data(), size) == expected;
}

// A curve given by its parameters instead of its name is refused even where the numbers are the right ones.
bool good_ec(const EVP_PKEY* key, const char* curve) {
    return text_is(key, OSSL_PKEY_PARAM_GROUP_NAME, curve) &&
           text_is(key, OSSL_PKEY_PARAM_EC_ENCODING, OSSL_PKEY_EC_ENCODING_GROUP);
}

Result<PkeyHandle> parse_key(ByteSpan spki, const Rule& rule) {
    const auto malformed = [] { return fail(ErrorCode::malformed, "card key: not a SubjectPublicKeyInfo"); };
    if (spki.empty() || spki.size() > kMaxSpki) return malformed();
    const std::uint8_t* cursor = spki.data();
    PkeyHandle key(d2i_PUBKEY(nullptr, &cursor, static_cast<long>(spki.size())));
    ERR_clear_error();
    if (!key || cursor != spki.data() + spki.size()) return malformed();
    if (EVP_PKEY_is_a(key.get(), rule.type) != 1)
        return fail(ErrorCode::unsupported, "card key: another algorithm than its scheme");
    const bool good = rule.curve != nullptr ? good_ec(key.get(), rule.curve) : good_rsa(key.get());
    ERR_clear_error();
    if (!good) return fail(ErrorCode::unsupported, "card key: size, exponent or curve is not accepted");
    return key;
}

}  // namespace

Status check_key(ByteSpan spki, std::uint8_t scheme) {
    const Rule* rule = rule_of(scheme);
    if (rule == nullptr) return fail(ErrorCode::unsupported, "card key: unknown scheme");
    auto key = parse_key(spki, *rule);
    if (!key) return tl::unexpected<Error>(key.error());
    return {};
}

Status OpenSslVerifier::verify(ByteSpan spki, std::uint8_t scheme, ByteSpan message, ByteSpan signature) {
    const Rule* rule = rule_of(scheme);
    if (rule == nullptr) return fail(ErrorCode::unsupported, "card signature: unknown scheme");
    auto key = parse_key(spki, *rule);
    if (!key) return tl::unexpected<Error>(key.error());

    const DigestContext context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* padding = nullptr;  // owned by `context`
    bool ready = context && EVP_DigestVerifyInit(context.get(), &padding, rule->digest(), nullptr, key->get()) == 1;
    if (rule->padding != 0) ready = ready && EVP_PKEY_CTX_set_rsa_padding(padding, rule->padding) == 1;
    if (rule->padding == RSA_PKCS1_PSS_PADDING)
        ready = ready && EVP_PKEY_CTX_set_rsa_mgf1_md(padding, rule->digest()) == 1 &&
                EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, RSA_PSS_SALTLEN_DIGEST) == 1;
    if (!ready) return library_failed("preparing a verification");

    // Everything that is not 1 is a signature that is not good: 0, and negative values for one that does not parse.
    const int verdict =
        EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size());
    ERR_clear_error();
    if (verdict != 1) return fail(ErrorCode::mismatch, "card signature: not made by the enrolled key");
    return {};
}

}  // namespace sekimori::crypto
