// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/cards/mint.hpp"

#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <memory>
#include <string_view>

namespace sekimori::lab {
namespace {

template <auto Function>
struct FreeWith {
    template <class T>
    void operator()(T* object) const {
        Function(object);
    }
};
using X509Ptr = std::unique_ptr<X509, FreeWith<X509_free>>;
using NamePtr = std::unique_ptr<X509_NAME, FreeWith<X509_NAME_free>>;
using CrlPtr = std::unique_ptr<X509_CRL, FreeWith<X509_CRL_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, FreeWith<X509_EXTENSION_free>>;
using TimePtr = std::unique_ptr<ASN1_TIME, FreeWith<ASN1_TIME_free>>;

constexpr long kDay = 24L * 60 * 60;
constexpr long kRootDays = 3650;

template <class T, int (*Encode)(const T*, unsigned char**)>
Outcome<Bytes> to_der(const T* object) {
    unsigned char* der = nullptr;
    const int size = Encode(object, &der);
    if (size <= 0) return failure("cannot encode");
    Bytes out(der, der + size);
    OPENSSL_free(der);
    return out;
}

X509Ptr parse(ByteView der) {
    const unsigned char* at = der.data();
    return X509Ptr(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
}

bool add_entry(X509_NAME* name, const std::string& type, std::string_view value) {
    const Bytes text = text_bytes(value);
    return X509_NAME_add_entry_by_txt(name, type.c_str(), MBSTRING_UTF8, text.data(), static_cast<int>(text.size()), -1,
                                      0) == 1;
}

// "C=JP,O=x,CN=y"; without '=' the whole text is the common name.
NamePtr parse_name(std::string_view text) {
    NamePtr name(X509_NAME_new());
    if (!name) return nullptr;
    if (text.find('=') == std::string_view::npos) return add_entry(name.get(), "CN", text) ? std::move(name) : nullptr;
    while (!text.empty()) {
        const std::string_view part = text.substr(0, text.find(','));
        text.remove_prefix(std::min(text.size(), part.size() + 1));
        const std::size_t equals = part.find('=');
        if (equals == std::string_view::npos) return nullptr;
        if (!add_entry(name.get(), std::string(part.substr(0, equals)), part.substr(equals + 1))) return nullptr;
    }
    return name;
}

bool add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool set_serial(X509* certificate) {
    Bytes serial = random_bytes(16);
    serial[0] &= 0x7FU;
    const std::unique_ptr<BIGNUM, FreeWith<BN_free>> number(
        BN_bin2bn(serial.data(), static_cast<int>(serial.size()), nullptr));
    return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_validity(X509* certificate, long from_days, long to_days) {
    return X509_gmtime_adj(X509_getm_notBefore(certificate), from_days * kDay) != nullptr &&
           X509_gmtime_adj(X509_getm_notAfter(certificate), to_days * kDay) != nullptr;
}

std::string root_subject(Hierarchy hierarchy) {
    const std::string organisation = hierarchy == Hierarchy::Test ? "JPKI-TEST" : "JPKI-LAB";
    return "C=JP,O=" + organisation + ",OU=JPKI for user authentication,OU=Test Agency";
}

}  // namespace

Bytes random_bytes(std::size_t size) {
    Bytes out(size);
    RAND_bytes(out.data(), static_cast<int>(size));
    return out;
}

Bytes sha256(ByteView data) {
    Bytes out(32);
    unsigned int size = 0;
    EVP_Digest(data.data(), data.size(), out.data(), &size, EVP_sha256(), nullptr);
    return out;
}

std::string opaque_name() {
    constexpr std::string_view letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    std::string out;
    for (const std::uint8_t byte : random_bytes(24)) out.push_back(letters[byte % letters.size()]);
    return out;
}

Outcome<Ca> Ca::create(KeyKind kind, Hierarchy hierarchy) {
    auto key = Key::generate(kind);
    if (!key) return tl::unexpected(key.error());
    const X509Ptr root(X509_new());
    const NamePtr name = parse_name(root_subject(hierarchy));
    const bool built = root && name && X509_set_version(root.get(), X509_VERSION_3) == 1 && set_serial(root.get()) &&
                       set_validity(root.get(), -1, kRootDays) && X509_set_subject_name(root.get(), name.get()) == 1 &&
                       X509_set_issuer_name(root.get(), name.get()) == 1 &&
                       X509_set_pubkey(root.get(), key->get()) == 1 &&
                       add_extension(root.get(), root.get(), NID_basic_constraints, "critical,CA:TRUE") &&
                       add_extension(root.get(), root.get(), NID_key_usage, "critical,keyCertSign,cRLSign") &&
                       add_extension(root.get(), root.get(), NID_subject_key_identifier, "hash") &&
                       X509_sign(root.get(), key->get(), EVP_sha256()) > 0;
    if (!built) return failure("cannot make a root certificate");
    auto der = to_der<X509, i2d_X509>(root.get());
    if (!der) return tl::unexpected(der.error());
    return Ca(std::move(*key), std::move(*der));
}

Outcome<Ca> Ca::from(Key key, Bytes certificate) {
    if (!parse(certificate)) return failure("not a certificate");
    return Ca(std::move(key), std::move(certificate));
}

Outcome<Bytes> Ca::issue(const Key& subject_key, const Leaf& leaf) const {
    const X509Ptr root = parse(certificate_);
    const X509Ptr certificate(X509_new());
    const NamePtr subject = parse_name(leaf.subject);
    if (!subject) return failure("bad subject: " + leaf.subject);
    const std::string usage = leaf.purpose == Purpose::ClientAuth ? "clientAuth" : "serverAuth";
    bool built = root && certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
                 set_serial(certificate.get()) && set_validity(certificate.get(), leaf.from_days, leaf.to_days) &&
                 X509_set_subject_name(certificate.get(), subject.get()) == 1 &&
                 X509_set_issuer_name(certificate.get(), X509_get_subject_name(root.get())) == 1 &&
                 X509_set_pubkey(certificate.get(), subject_key.get()) == 1 &&
                 add_extension(certificate.get(), root.get(), NID_key_usage, "critical,digitalSignature") &&
                 add_extension(certificate.get(), root.get(), NID_ext_key_usage, usage) &&
                 add_extension(certificate.get(), root.get(), NID_subject_key_identifier, "hash");
    if (built && leaf.authority_key_id == AuthorityKeyId::Present)
        built = add_extension(certificate.get(), root.get(), NID_authority_key_identifier, "keyid");
    if (built && leaf.ballast > 0)
        built = add_extension(certificate.get(), root.get(), NID_netscape_comment, std::string(leaf.ballast, 'x'));
    if (!built || X509_sign(certificate.get(), key_.get(), EVP_sha256()) <= 0)
        return failure("cannot make a certificate");
    return to_der<X509, i2d_X509>(certificate.get());
}

Outcome<Bytes> Ca::revoke(const std::vector<Bytes>& certificates) const {
    const X509Ptr root = parse(certificate_);
    const CrlPtr crl(X509_CRL_new());
    const TimePtr now(X509_gmtime_adj(nullptr, -kDay));
    const TimePtr next(X509_gmtime_adj(nullptr, 30 * kDay));
    bool built = root && crl && now && next && X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2) == 1 &&
                 X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(root.get())) == 1 &&
                 X509_CRL_set1_lastUpdate(crl.get(), now.get()) == 1 &&
                 X509_CRL_set1_nextUpdate(crl.get(), next.get()) == 1;
    for (const Bytes& der : certificates) {
        const X509Ptr certificate = parse(der);
        X509_REVOKED* entry = X509_REVOKED_new();
        built = built && certificate && entry != nullptr &&
                X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(certificate.get())) == 1 &&
                X509_REVOKED_set_revocationDate(entry, now.get()) == 1 && X509_CRL_add0_revoked(crl.get(), entry) == 1;
    }
    if (!built || X509_CRL_sort(crl.get()) != 1 || X509_CRL_sign(crl.get(), key_.get(), EVP_sha256()) <= 0)
        return failure("cannot make a CRL");
    return to_der<X509_CRL, i2d_X509_CRL>(crl.get());
}

}  // namespace sekimori::lab
