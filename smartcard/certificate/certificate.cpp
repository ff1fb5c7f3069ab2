// SPDX-License-Identifier: Apache-2.0
#include "smartcard/certificate/certificate.hpp"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include <array>
#include <optional>
#include <string_view>

namespace sekimori::smartcard {
namespace {

using wire::ChainState;
using wire::SignatureScheme;

// OpenSSL: level 2 is 112 bits, RSA-2048 and SHA-256 at least.
constexpr int kAuthLevel = 2;
constexpr std::string_view kTestHierarchy = "JPKI-TEST";
// SP 800-73-5 / FIPS 201-3, 4.2.2: id-PIV-cardAuth; Microsoft's smart card logon, which 9A certificates carry.
constexpr const char* kPivCardAuth = "2.16.840.1.101.3.6.8";
constexpr int kRsaBits = 2048;

struct KeyFacts {
    SignatureScheme scheme{};
    bool weak{};
};

// nullopt: no slot of ours signs with such a key.
std::optional<KeyFacts> key_facts(EVP_PKEY* key) {
    switch (EVP_PKEY_get_base_id(key)) {
        case EVP_PKEY_RSA: {
            const int bits = EVP_PKEY_get_bits(key);
            if (bits > kRsaBits) return std::nullopt;
            return KeyFacts{SignatureScheme::rsa_pkcs1_sha256, bits < kRsaBits};
        }
        case EVP_PKEY_EC: {
            std::array<char, 64> group{};
            if (EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) != 1) return std::nullopt;
            const int curve = OBJ_txt2nid(group.data());
            if (curve == NID_X9_62_prime256v1) return KeyFacts{SignatureScheme::ecdsa_p256_sha256, false};
            if (curve == NID_secp384r1) return KeyFacts{SignatureScheme::ecdsa_p384_sha384, false};
            return std::nullopt;
        }
        default:
            return std::nullopt;
    }
}

std::optional<std::uint64_t> millis_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
    const std::time_t seconds = timegm(&parts);
    if (seconds < 0) return std::nullopt;
    return static_cast<std::uint64_t>(seconds) * 1000;
}

bool organisation_is(const X509_NAME* name, std::string_view wanted) {
    for (int at = -1; (at = X509_NAME_get_index_by_NID(name, NID_organizationName, at)) >= 0;) {
        const ASN1_STRING* value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
        const std::string_view text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                                    static_cast<std::size_t>(ASN1_STRING_length(value)));
        if (text == wanted) return true;
    }
    return false;
}

bool names_card_auth(X509* certificate) {
    const EkuPtr usages(
        static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(certificate, NID_ext_key_usage, nullptr, nullptr)));
    if (!usages) return false;
    for (int i = 0; i < sk_ASN1_OBJECT_num(usages.get()); ++i) {
        std::array<char, 64> oid{};
        if (OBJ_obj2txt(oid.data(), static_cast<int>(oid.size()), sk_ASN1_OBJECT_value(usages.get(), i), 1) > 0 &&
            std::string_view(oid.data()) == kPivCardAuth)
            return true;
    }
    return false;
}

// The key must be for signing, by its holder as a client or (PIV) by the card; a certificate that says nothing about
// its use serves any.
bool usage_fits(X509* certificate, CardType type) {
    if (X509_check_ca(certificate) == 1) return false;
    const std::uint32_t flags = X509_get_extension_flags(certificate);
    if ((flags & EXFLAG_INVALID) != 0) return false;
    if ((flags & EXFLAG_KUSAGE) != 0 && (X509_get_key_usage(certificate) & KU_DIGITAL_SIGNATURE) == 0) return false;
    if ((flags & EXFLAG_XKUSAGE) == 0) return true;
    if ((X509_get_extended_key_usage(certificate) & (XKU_SSL_CLIENT | XKU_ANYEKU)) != 0) return true;
    return type == CardType::piv && names_card_auth(certificate);
}

// One store per anchor: the roots of JPKI share a subject over three generations, and for a leaf without an authority
// key identifier OpenSSL would pick one of them by the order in the store.
bool chains_to(X509* certificate, X509* anchor, const Roots& roots, std::time_t now) {
    const StorePtr store(X509_STORE_new());
    const StoreCtxPtr context(X509_STORE_CTX_new());
    if (!store || !context || X509_STORE_add_cert(store.get(), anchor) != 1) return false;
    STACK_OF(X509)* untrusted = sk_X509_new_null();
    if (untrusted == nullptr) return false;
    for (const X509Ptr& item : roots.intermediates()) sk_X509_push(untrusted, item.get());
    bool good = false;
    if (X509_STORE_CTX_init(context.get(), store.get(), certificate, untrusted) == 1) {
        X509_VERIFY_PARAM* rules = X509_STORE_CTX_get0_param(context.get());
        X509_VERIFY_PARAM_set_auth_level(rules, kAuthLevel);
        X509_VERIFY_PARAM_set_time(rules, now);
        good =
            X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_POLICY_CHECK) == 1 && X509_verify_cert(context.get()) == 1;
    }
    sk_X509_free(untrusted);
    return good;
}

ChainState trust(X509* certificate, const Roots* roots, std::time_t now) {
    if (roots == nullptr) return ChainState::untrusted;
    if (roots->empty()) return ChainState::no_roots;
    for (const X509Ptr& anchor : roots->anchors())
        if (chains_to(certificate, anchor.get(), *roots, now)) return ChainState::verified;
    return ChainState::untrusted;
}

}  // namespace

CardResult<CertificateFacts> inspect(ByteSpan der, CardType type, const Roots* roots, std::time_t now) {
    struct ClearErrors {
        ~ClearErrors() { ERR_clear_error(); }
    } clear;
    const unsigned char* at = der.data();
    const X509Ptr certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
    if (!certificate || at != der.data() + der.size()) return failure(CardFault::unreadable);

    CertificateFacts facts;
    unsigned char* encoded = nullptr;
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), &encoded);
    if (size <= 0) return failure(CardFault::unreadable);
    facts.spki.assign(encoded, encoded + size);
    OPENSSL_free(encoded);

    const auto begin = millis_of(X509_get0_notBefore(certificate.get()));
    const auto end = millis_of(X509_get0_notAfter(certificate.get()));
    if (!begin || !end) return failure(CardFault::unreadable);
    facts.not_before = *begin;
    facts.not_after = *end;

    EVP_PKEY* key = X509_get0_pubkey(certificate.get());
    const auto kind = key == nullptr ? std::nullopt : key_facts(key);
    if (!kind) return failure(CardFault::unsupported);
    facts.scheme = kind->scheme;

    const auto now_ms = static_cast<std::uint64_t>(now) * 1000;
    if (organisation_is(X509_get_issuer_name(certificate.get()), kTestHierarchy) ||
        organisation_is(X509_get_subject_name(certificate.get()), kTestHierarchy))
        facts.chain = ChainState::test_hierarchy;
    else if (kind->weak)
        facts.chain = ChainState::weak_key;
    else if (!usage_fits(certificate.get(), type))
        facts.chain = ChainState::wrong_usage;
    else if (now_ms < facts.not_before)
        facts.chain = ChainState::not_yet_valid;
    else if (now_ms > facts.not_after)
        facts.chain = ChainState::expired;
    else
        facts.chain = trust(certificate.get(), roots, now);
    return facts;
}

}  // namespace sekimori::smartcard
