// SPDX-License-Identifier: Apache-2.0
// What every SignatureVerifier keeps to: one code for each way to be refused.
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "crypto/verifier.hpp"
#include "tests/contract/fakes.hpp"

namespace sekimori {
namespace {

using Bytes = std::vector<std::uint8_t>;

// A verifier and somebody who can sign for it.
struct Fake {
    fakes::FakeVerifier verifier;
    Bytes key = {'K', '1'}, other = {'K', '2'}, no_key = {'X'};
    std::uint8_t scheme = 2;
    Bytes sign(const Bytes& message) const {
        const auto signature = fakes::FakeVerifier::sign(key, scheme, message);
        return {signature.begin(), signature.end()};
    }
};

struct Real {
    struct Freed {
        void operator()(EVP_PKEY* owned) const { EVP_PKEY_free(owned); }
    };
    using Handle = std::unique_ptr<EVP_PKEY, Freed>;

    static Handle make() { return Handle(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")); }

    crypto::OpenSslVerifier verifier;
    Handle pair = make(), another = make();
    Bytes key = spki(pair), other = spki(another), no_key = {0x30, 0x03, 1, 2, 3};
    std::uint8_t scheme = 2;  // ECDSA P-256 with SHA-256
    static Bytes spki(const Handle& of) {
        unsigned char* der = nullptr;
        const int size = i2d_PUBKEY(of.get(), &der);
        Bytes bytes(der, der + size);
        OPENSSL_free(der);
        return bytes;
    }
    Bytes sign(const Bytes& message) const {
        EVP_MD_CTX* context = EVP_MD_CTX_new();
        Bytes signature(128);
        std::size_t size = signature.size();
        EXPECT_EQ(EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, pair.get()), 1);
        EXPECT_EQ(EVP_DigestSign(context, signature.data(), &size, message.data(), message.size()), 1);
        EVP_MD_CTX_free(context);
        signature.resize(size);
        return signature;
    }
};

template <class Type>
class VerifierContract : public testing::Test {
  protected:
    ErrorCode refusal(const Bytes& key, std::uint8_t scheme, const Bytes& signature) {
        const auto verdict = side.verifier.verify(key, scheme, message, signature);
        EXPECT_FALSE(verdict);
        return verdict ? ErrorCode::internal : verdict.error().code;
    }
    Type side;
    const Bytes message{1, 2, 3};
};
using Verifiers = testing::Types<Fake, Real>;
TYPED_TEST_SUITE(VerifierContract, Verifiers);

TYPED_TEST(VerifierContract, AGoodSignature) {
    EXPECT_TRUE(
        this->side.verifier.verify(this->side.key, this->side.scheme, this->message, this->side.sign(this->message)));
}

TYPED_TEST(VerifierContract, MismatchForAnotherMessageKeyOrSignature) {
    const auto& signer = this->side;
    const Bytes good = signer.sign(this->message);
    EXPECT_EQ(this->refusal(signer.key, signer.scheme, signer.sign({3, 2, 1})), ErrorCode::mismatch);
    EXPECT_EQ(this->refusal(signer.other, signer.scheme, good), ErrorCode::mismatch);
    EXPECT_EQ(this->refusal(signer.key, signer.scheme, {}), ErrorCode::mismatch);
    for (std::size_t at = 0; at < good.size(); ++at) {
        Bytes damaged = good;
        damaged[at] ^= 1;
        EXPECT_EQ(this->refusal(signer.key, signer.scheme, damaged), ErrorCode::mismatch) << at;
    }
}

TYPED_TEST(VerifierContract, MalformedForAKeyThatIsNone) {
    EXPECT_EQ(this->refusal(this->side.no_key, this->side.scheme, this->side.sign(this->message)),
              ErrorCode::malformed);
    EXPECT_EQ(this->refusal({}, this->side.scheme, {}), ErrorCode::malformed);
}

TYPED_TEST(VerifierContract, UnsupportedForAnUnknownScheme) {
    EXPECT_EQ(this->refusal(this->side.key, 200, this->side.sign(this->message)), ErrorCode::unsupported);
}

}  // namespace
}  // namespace sekimori
