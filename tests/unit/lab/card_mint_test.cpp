// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/cards/mint.hpp"

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <memory>

#include "tests/lab/cards/new_card.hpp"
#include "tests/unit/lab/card_helpers.hpp"

namespace sekimori::lab {
namespace {

using X509Ptr = std::unique_ptr<X509, decltype(&X509_free)>;

X509Ptr parse(const Bytes& der) {
    const unsigned char* at = der.data();
    return {d2i_X509(nullptr, &at, static_cast<long>(der.size())), &X509_free};
}

// X509_V_OK, or why OpenSSL refuses the chain for client authentication.
int verdict(const Bytes& leaf, const std::vector<Bytes>& roots, const Bytes& crl = {}) {
    X509_STORE* store = X509_STORE_new();
    for (const Bytes& root : roots) X509_STORE_add_cert(store, parse(root).get());
    if (!crl.empty()) {
        const unsigned char* at = crl.data();
        X509_CRL* parsed = d2i_X509_CRL(nullptr, &at, static_cast<long>(crl.size()));
        X509_STORE_add_crl(store, parsed);
        X509_CRL_free(parsed);
        X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
    }
    X509_STORE_CTX* context = X509_STORE_CTX_new();
    const X509Ptr certificate = parse(leaf);
    X509_STORE_CTX_init(context, store, certificate.get(), nullptr);
    X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_auth_level(parameters, 2);
    X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_CLIENT);
    X509_verify_cert(context);
    const int error = X509_STORE_CTX_get_error(context);
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    return error;
}

const Ca& ca() {
    static const Ca made = Ca::create(KeyKind::P256).value();
    return made;
}

Bytes leaf(CertificateKind kind, const Ca& by = ca()) {
    NewPiv wanted;
    wanted.certificate = kind;
    wanted.slots = {piv::card_authentication};
    return new_piv(by, wanted).value().slots.at(piv::card_authentication).certificate;
}

TEST(Mint, GoodCertificateVerifies) {
    EXPECT_EQ(verdict(leaf(CertificateKind::Good), {ca().certificate()}), X509_V_OK);
}

TEST(Mint, BadOnesAreBadForTheirOwnReason) {
    const std::vector<Bytes> roots{ca().certificate()};
    EXPECT_EQ(verdict(leaf(CertificateKind::Expired), roots), X509_V_ERR_CERT_HAS_EXPIRED);
    EXPECT_EQ(verdict(leaf(CertificateKind::NotYetValid), roots), X509_V_ERR_CERT_NOT_YET_VALID);
    EXPECT_EQ(verdict(leaf(CertificateKind::WrongUsage), roots), X509_V_ERR_INVALID_PURPOSE);
    EXPECT_EQ(verdict(leaf(CertificateKind::NoAuthorityKeyId), roots), X509_V_OK);
    EXPECT_GT(leaf(CertificateKind::Oversize).size(), 16'384U);
}

TEST(Mint, TwoRootsOfOneNameAreTwoRoots) {
    const Ca other = Ca::create(KeyKind::P256).value();
    EXPECT_NE(verdict(leaf(CertificateKind::NoAuthorityKeyId, other), {ca().certificate()}), X509_V_OK);
    EXPECT_EQ(verdict(leaf(CertificateKind::Good, other), {other.certificate()}), X509_V_OK);
    EXPECT_EQ(X509_NAME_cmp(X509_get_subject_name(parse(other.certificate()).get()),
                            X509_get_subject_name(parse(ca().certificate()).get())),
              0);
}

TEST(Mint, RevokedCertificate) {
    const Bytes lost = leaf(CertificateKind::Good);
    const Bytes kept = leaf(CertificateKind::Good);
    const Bytes crl = ca().revoke({lost}).value();
    EXPECT_EQ(verdict(lost, {ca().certificate()}, crl), X509_V_ERR_CERT_REVOKED);
    EXPECT_EQ(verdict(kept, {ca().certificate()}, crl), X509_V_OK);
}

TEST(Mint, NamesOfTheHierarchies) {
    const auto organisation = [](const Ca& of) {
        char text[64] = {};
        X509_NAME_get_text_by_NID(X509_get_subject_name(parse(of.certificate()).get()), NID_organizationName, text,
                                  sizeof(text));
        return std::string(text);
    };
    EXPECT_EQ(organisation(ca()), "JPKI-LAB");
    EXPECT_EQ(organisation(Ca::create(KeyKind::P256, Hierarchy::Test).value()), "JPKI-TEST");
}

TEST(Mint, JpkiLeafLooksLikeOne) {
    const JpkiContents contents = new_jpki(Ca::create(KeyKind::Rsa2048).value(), {}).value();
    const X509Ptr certificate = parse(contents.certificate);
    char name[64] = {};
    EXPECT_EQ(X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name, sizeof(name)),
              24);
    EXPECT_EQ(X509_get_signature_nid(certificate.get()), NID_sha256WithRSAEncryption);
    int days = 0;
    int seconds = 0;
    ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(certificate.get()), X509_get0_notAfter(certificate.get()));
    EXPECT_EQ(days, 1826);
}

TEST(Mint, SubjectsAndKeysThatMakeNoSense) {
    Leaf bad;
    bad.subject = "C=JP,nonsense";
    EXPECT_FALSE(ca().issue(ca().key(), bad));
    bad.subject = "NOTATYPE=x";
    EXPECT_FALSE(ca().issue(ca().key(), bad));
    NewJpki wanted;
    wanted.kind = KeyKind::P256;
    EXPECT_FALSE(new_jpki(ca(), wanted));
    EXPECT_FALSE(Key::from_pem(text_bytes("no key")));
    EXPECT_FALSE(Ca::from(ca().key(), Bytes{0x30, 0x00}));
}

TEST(Mint, KeysSurvivePem) {
    for (const KeyKind kind : {KeyKind::P256, KeyKind::P384, KeyKind::Rsa1024}) {
        const Key key = Key::generate(kind).value();
        const Key back = Key::from_pem(key.to_pem().value()).value();
        EXPECT_EQ(back.spki(), key.spki());
        EXPECT_EQ(back.kind(), kind);
        EXPECT_EQ(key_kind(name_of(kind)), kind);
    }
}

}  // namespace
}  // namespace sekimori::lab
