// SPDX-License-Identifier: Apache-2.0
// Our encodings, checked by OpenSSL: a block raised by the private key must verify as a signature of that scheme.
#include "smartcard/card/padding.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <memory>

#include "tests/unit/smartcard/bytes.hpp"

namespace sekimori::smartcard {
namespace {

struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};
using Pkey = std::unique_ptr<EVP_PKEY, Free>;
using Ctx = std::unique_ptr<EVP_PKEY_CTX, Free>;

const Pkey& key() {
    static const Pkey made(EVP_RSA_gen(2048));
    return made;
}

RsaBlock raise(const RsaBlock& block) {
    const Ctx context(EVP_PKEY_CTX_new(key().get(), nullptr));
    RsaBlock out{};
    std::size_t size = out.size();
    EXPECT_EQ(EVP_PKEY_sign_init(context.get()), 1);
    EXPECT_EQ(EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING), 1);
    EXPECT_EQ(EVP_PKEY_sign(context.get(), out.data(), &size, block.data(), block.size()), 1);
    EXPECT_EQ(size, out.size());
    return out;
}

bool verifies(const RsaBlock& signature, Digest256 digest, int padding) {
    const Ctx context(EVP_PKEY_CTX_new(key().get(), nullptr));
    EXPECT_EQ(EVP_PKEY_verify_init(context.get()), 1);
    EXPECT_EQ(EVP_PKEY_CTX_set_rsa_padding(context.get(), padding), 1);
    EXPECT_EQ(EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()), 1);
    if (padding == RSA_PKCS1_PSS_PADDING) {
        EXPECT_EQ(EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), RSA_PSS_SALTLEN_DIGEST), 1);
    }
    return EVP_PKEY_verify(context.get(), signature.data(), signature.size(), digest.data(), digest.size()) == 1;
}

TEST(Padding, Pkcs1VerifiesForItsDigestOnly) {
    const auto digest = *sha256(test::hex("616263"));
    const RsaBlock signature = raise(pad_pkcs1(digest));
    EXPECT_TRUE(verifies(signature, digest, RSA_PKCS1_PADDING));
    EXPECT_FALSE(verifies(signature, *sha256(test::hex("616264")), RSA_PKCS1_PADDING));
    EXPECT_FALSE(verifies(signature, digest, RSA_PKCS1_PSS_PADDING));
}

TEST(Padding, PssVerifiesWithFreshSalts) {
    const auto digest = *sha256(test::hex("616263"));
    const auto one = *pad_pss(digest);
    const auto two = *pad_pss(digest);
    EXPECT_NE(one, two);
    EXPECT_TRUE(verifies(raise(one), digest, RSA_PKCS1_PSS_PADDING));
    EXPECT_TRUE(verifies(raise(two), digest, RSA_PKCS1_PSS_PADDING));
    EXPECT_FALSE(verifies(raise(one), *sha256(test::hex("616264")), RSA_PKCS1_PSS_PADDING));
}

TEST(Padding, Sha256OfAbc) {  // FIPS 180-4's own example
    EXPECT_EQ(to_hex(*sha256(test::hex("616263"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Padding, DigestInfoOfACard) {
    const auto digest = *sha256(test::hex("616263"));
    const auto info = digest_info(digest);
    EXPECT_EQ(to_hex(std::span(info).first(19)), "3031300d060960864801650304020105000420");
    EXPECT_EQ(to_hex(std::span(info).last(32)), to_hex(digest));
}

}  // namespace
}  // namespace sekimori::smartcard
