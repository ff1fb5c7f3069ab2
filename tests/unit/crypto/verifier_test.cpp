// SPDX-License-Identifier: Apache-2.0
// The judge of a card's signature: right keys and schemes only, and every refusal has its one code.
#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <memory>

#include "crypto/verifier.hpp"
#include "protocol/schema.hpp"

namespace sekimori::crypto {
namespace {

using wire::SignatureScheme;
using Bytes = std::vector<std::uint8_t>;
using Key = std::shared_ptr<EVP_PKEY>;

constexpr std::uint8_t number(SignatureScheme scheme) { return static_cast<std::uint8_t>(scheme); }

Key own(EVP_PKEY* key) { return {key, EVP_PKEY_free}; }
Key rsa(unsigned bits) { return own(EVP_RSA_gen(bits)); }
Key ec(const char* curve) { return own(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve)); }

Key rsa_with_exponent(unsigned bits, std::uint64_t e) {
    EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr);
    EVP_PKEY_keygen_init(context);
    EVP_PKEY_CTX_set_rsa_keygen_bits(context, static_cast<int>(bits));
    BIGNUM* exponent = BN_new();
    BN_set_word(exponent, e);
    EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context, exponent);
    EVP_PKEY* key = nullptr;
    EVP_PKEY_generate(context, &key);
    BN_free(exponent);
    EVP_PKEY_CTX_free(context);
    return own(key);
}

// The same curve, its parameters written out instead of its name.
Key ec_explicit(const char* curve) {
    Key key = ec(curve);
    EVP_PKEY_set_utf8_string_param(key.get(), OSSL_PKEY_PARAM_EC_ENCODING, "explicit");
    return key;
}

Bytes spki(const Key& key) {
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(key.get(), &der);
    EXPECT_GT(size, 0);
    Bytes bytes(der, der + size);
    OPENSSL_free(der);
    return bytes;
}

Bytes sign(const Key& key, SignatureScheme scheme, const Bytes& message, int salt = RSA_PSS_SALTLEN_DIGEST) {
    const EVP_MD* digest = scheme == SignatureScheme::ecdsa_p384_sha384 ? EVP_sha384() : EVP_sha256();
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_PKEY_CTX* padding = nullptr;
    EXPECT_EQ(EVP_DigestSignInit(context, &padding, digest, nullptr, key.get()), 1);
    if (scheme == SignatureScheme::rsa_pss_sha256) {
        EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING);
        EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, salt);
    }
    std::size_t size = 0;
    EVP_DigestSign(context, nullptr, &size, message.data(), message.size());
    Bytes signature(size);
    EXPECT_EQ(EVP_DigestSign(context, signature.data(), &size, message.data(), message.size()), 1);
    signature.resize(size);
    EVP_MD_CTX_free(context);
    return signature;
}

struct Case {
    const char* name;
    SignatureScheme scheme;
    Key key;
};
const std::vector<Case>& cases() {
    static const std::vector<Case> all{
        {"pkcs1-2048", SignatureScheme::rsa_pkcs1_sha256, rsa(2048)},
        {"pss-2048", SignatureScheme::rsa_pss_sha256, rsa(2048)},
        {"p256", SignatureScheme::ecdsa_p256_sha256, ec("P-256")},
        {"p384", SignatureScheme::ecdsa_p384_sha384, ec("P-384")},
    };
    return all;
}

class Verifier : public testing::Test {
  protected:
    ErrorCode refused(const Bytes& key, std::uint8_t scheme, const Bytes& signature) {
        const auto verdict = verifier.verify(key, scheme, message, signature);
        EXPECT_FALSE(verdict);
        return verdict ? ErrorCode::internal : verdict.error().code;
    }
    OpenSslVerifier verifier;
    const Bytes message{1, 2, 3, 4, 5};
};

TEST_F(Verifier, TakesEveryScheme) {
    for (const Case& one : cases()) {
        SCOPED_TRACE(one.name);
        EXPECT_TRUE(verifier.verify(spki(one.key), number(one.scheme), message, sign(one.key, one.scheme, message)));
        EXPECT_TRUE(check_key(spki(one.key), number(one.scheme)));
    }
}

TEST_F(Verifier, AnotherMessageKeyOrBitIsAMismatch) {
    for (const Case& one : cases()) {
        SCOPED_TRACE(one.name);
        const Bytes good = sign(one.key, one.scheme, message);
        EXPECT_EQ(refused(spki(one.key), number(one.scheme), sign(one.key, one.scheme, {9})), ErrorCode::mismatch);
        const Key other = one.scheme == SignatureScheme::ecdsa_p256_sha256   ? ec("P-256")
                          : one.scheme == SignatureScheme::ecdsa_p384_sha384 ? ec("P-384")
                                                                             : cases()[0].key;
        if (other != one.key) EXPECT_EQ(refused(spki(other), number(one.scheme), good), ErrorCode::mismatch);
        for (const std::size_t at : {std::size_t{0}, good.size() / 2, good.size() - 1}) {
            Bytes damaged = good;
            damaged[at] ^= 1;
            EXPECT_EQ(refused(spki(one.key), number(one.scheme), damaged), ErrorCode::mismatch);
        }
        EXPECT_EQ(refused(spki(one.key), number(one.scheme), {}), ErrorCode::mismatch);
        Bytes longer = good;
        longer.push_back(0);
        EXPECT_EQ(refused(spki(one.key), number(one.scheme), longer), ErrorCode::mismatch);
        Bytes shorter = good;
        shorter.pop_back();
        EXPECT_EQ(refused(spki(one.key), number(one.scheme), shorter), ErrorCode::mismatch);
        EXPECT_EQ(refused(spki(one.key), number(one.scheme), Bytes(good.size(), 0)), ErrorCode::mismatch);
    }
}

TEST_F(Verifier, ASignatureOfOnePaddingIsNoneOfTheOther) {
    const Key key = cases()[0].key;
    EXPECT_EQ(refused(spki(key), number(SignatureScheme::rsa_pss_sha256),
                      sign(key, SignatureScheme::rsa_pkcs1_sha256, message)),
              ErrorCode::mismatch);
    EXPECT_EQ(refused(spki(key), number(SignatureScheme::rsa_pkcs1_sha256),
                      sign(key, SignatureScheme::rsa_pss_sha256, message)),
              ErrorCode::mismatch);
}

TEST_F(Verifier, APssSaltOfAnotherLengthIsAMismatch) {
    const Key key = cases()[0].key;
    EXPECT_EQ(refused(spki(key), number(SignatureScheme::rsa_pss_sha256),
                      sign(key, SignatureScheme::rsa_pss_sha256, message, 20)),
              ErrorCode::mismatch);
}

TEST_F(Verifier, TheKeyMustBeOfItsScheme) {
    const Bytes any(64, 1);
    for (const Case& key : cases())
        for (const Case& scheme : cases()) {
            if (EVP_PKEY_get_base_id(key.key.get()) == EVP_PKEY_RSA && scheme.key == cases()[1].key) continue;
            if (key.scheme == scheme.scheme || (key.key == cases()[1].key && scheme.key == cases()[0].key)) continue;
            EXPECT_EQ(refused(spki(key.key), number(scheme.scheme), any), ErrorCode::unsupported)
                << key.name << " as " << scheme.name;
        }
}

TEST_F(Verifier, WeakKeysAreUnsupported) {
    const Bytes any(256, 1);
    const auto pkcs1 = number(SignatureScheme::rsa_pkcs1_sha256);
    EXPECT_EQ(refused(spki(rsa(1024)), pkcs1, any), ErrorCode::unsupported);
    EXPECT_EQ(refused(spki(rsa_with_exponent(2048, 3)), pkcs1, any), ErrorCode::unsupported);
    EXPECT_EQ(check_key(spki(rsa(1024)), pkcs1).error().code, ErrorCode::unsupported);
}

// With e = 1 every signature is its own padded message.
TEST_F(Verifier, AnExponentOfOneIsUnsupported) {
    BIGNUM* modulus = nullptr;
    EVP_PKEY_get_bn_param(cases()[0].key.get(), OSSL_PKEY_PARAM_RSA_N, &modulus);
    Bytes n(static_cast<std::size_t>(BN_num_bytes(modulus)));
    BN_bn2bin(modulus, n.data());
    BN_free(modulus);
    Bytes der = spki(cases()[0].key);
    ASSERT_EQ((Bytes{der.end() - 5, der.end()}), (Bytes{2, 3, 1, 0, 1}));
    // 65537 replaced by 1 in three bytes: 00 00 01 is no minimal DER, so the lengths are shortened as well.
    const auto shorten = [&](std::size_t at) { der[at] = static_cast<std::uint8_t>(der[at] - 2); };
    der.erase(der.end() - 5, der.end());
    der.insert(der.end(), {2, 1, 1});
    shorten(3);   // SEQUENCE 30 82 xx [xx]
    shorten(22);  // BIT STRING 03 82 xx [xx]
    shorten(27);  // SEQUENCE 30 82 xx [xx]
    EXPECT_EQ(refused(der, number(SignatureScheme::rsa_pkcs1_sha256), n), ErrorCode::unsupported);
}

TEST_F(Verifier, OtherCurvesAndExplicitParametersAreUnsupported) {
    const Bytes any(70, 1);
    const auto p256 = number(SignatureScheme::ecdsa_p256_sha256);
    EXPECT_EQ(refused(spki(ec("secp256k1")), p256, any), ErrorCode::unsupported);
    EXPECT_EQ(refused(spki(ec("P-521")), p256, any), ErrorCode::unsupported);
    EXPECT_EQ(refused(spki(ec_explicit("P-256")), p256, any), ErrorCode::unsupported);
    EXPECT_EQ(refused(spki(own(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"))), p256, any), ErrorCode::unsupported);
}

TEST_F(Verifier, AKeyThatDoesNotParseIsMalformed) {
    const auto scheme = number(SignatureScheme::ecdsa_p256_sha256);
    const Bytes good = spki(cases()[2].key);
    EXPECT_EQ(refused({}, scheme, {}), ErrorCode::malformed);
    EXPECT_EQ(refused(Bytes(2000, 0x30), scheme, {}), ErrorCode::malformed);
    Bytes trailing = good;
    trailing.push_back(0);
    EXPECT_EQ(refused(trailing, scheme, {}), ErrorCode::malformed);
    for (std::size_t size = 0; size < good.size(); ++size)
        EXPECT_EQ(refused(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)), scheme, {}),
                  ErrorCode::malformed);
    Bytes off_curve = good;
    off_curve.back() ^= 1;
    EXPECT_EQ(refused(off_curve, scheme, {}), ErrorCode::malformed);
}

TEST_F(Verifier, AnUnknownSchemeIsUnsupported) {
    for (int scheme = 4; scheme < 256; ++scheme)
        EXPECT_EQ(refused(spki(cases()[0].key), static_cast<std::uint8_t>(scheme), {}), ErrorCode::unsupported);
}

}  // namespace
}  // namespace sekimori::crypto
