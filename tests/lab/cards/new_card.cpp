// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/cards/new_card.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sekimori::lab {
namespace {

constexpr std::size_t kOversize = 20'000;

Leaf leaf_of(CertificateKind kind, std::string subject) {
    Leaf leaf;
    leaf.subject = std::move(subject);
    switch (kind) {
        case CertificateKind::Good:
            break;
        case CertificateKind::Expired:
            leaf.from_days = -400;
            leaf.to_days = -1;
            break;
        case CertificateKind::NotYetValid:
            leaf.from_days = 2;
            break;
        case CertificateKind::WrongUsage:
            leaf.purpose = Purpose::ServerAuth;
            break;
        case CertificateKind::NoAuthorityKeyId:
            leaf.authority_key_id = AuthorityKeyId::Missing;
            break;
        case CertificateKind::Oversize:
            leaf.ballast = kOversize;
            break;
    }
    return leaf;
}

template <std::size_t Size>
std::array<std::uint8_t, Size> random_array() {
    std::array<std::uint8_t, Size> out{};
    const Bytes bytes = random_bytes(Size);
    std::copy(bytes.begin(), bytes.end(), out.begin());
    return out;
}

}  // namespace

std::optional<CertificateKind> certificate_kind(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, CertificateKind>, 6> names{
        {{"good", CertificateKind::Good},
         {"expired", CertificateKind::Expired},
         {"not-yet-valid", CertificateKind::NotYetValid},
         {"wrong-usage", CertificateKind::WrongUsage},
         {"no-aki", CertificateKind::NoAuthorityKeyId},
         {"oversize", CertificateKind::Oversize}}};
    for (const auto& [known, kind] : names) {
        if (known == name) return kind;
    }
    return std::nullopt;
}

Outcome<PivContents> new_piv(const Ca& ca, const NewPiv& wanted) {
    PivContents contents;
    contents.pin = Pin(wanted.pin, Pin::kMaxTries);
    contents.guid = random_bytes(16);
    for (const std::uint8_t slot : wanted.slots) {
        auto key = Key::generate(wanted.kind);
        if (!key) return tl::unexpected(key.error());
        auto certificate = ca.issue(*key, leaf_of(wanted.certificate, wanted.subject));
        if (!certificate) return tl::unexpected(certificate.error());
        contents.slots.insert_or_assign(slot,
                                        PivSlot{CardKey(std::move(*key)), std::move(*certificate), wanted.encoding});
    }
    return contents;
}

Outcome<JpkiContents> new_jpki(const Ca& ca, const NewJpki& wanted) {
    auto key = Key::generate(wanted.kind);
    if (!key) return tl::unexpected(key.error());
    if (!key->is_rsa()) return failure("JPKI keys are RSA");
    const std::string subject = wanted.subject.empty() ? "C=JP,CN=" + opaque_name() : wanted.subject;
    auto certificate = ca.issue(*key, leaf_of(wanted.certificate, subject));
    if (!certificate) return tl::unexpected(certificate.error());
    JpkiContents contents{CardKey(std::move(*key)), std::move(*certificate), ca.certificate()};
    contents.pin = Pin(wanted.pin, Pin::kMaxTries);
    contents.label = wanted.label;
    contents.auth_pin = wanted.auth_pin;
    return contents;
}

Chunk8 new_idm() {
    Chunk8 idm = random_array<8>();
    idm[0] = 0x01;
    idm[1] = 0x2E;  // the manufacturer code of FeliCa products: 01 and a form code
    return idm;
}

LiteSContents new_lite_s(const Block16& card_key) {
    LiteSContents contents;
    contents.id = random_array<16>();
    const Chunk8 idm = new_idm();
    std::copy(idm.begin(), idm.end(), contents.id.begin());
    contents.id[8] = 0x00;
    contents.id[9] = 0x00;  // data format code: none
    contents.card_key = card_key;
    return contents;
}

LiteSContents new_diversified_lite_s(const std::array<std::uint8_t, 24>& master) {
    LiteSContents contents = new_lite_s({});
    contents.card_key = diversified_card_key(master, contents.id);
    return contents;
}

}  // namespace sekimori::lab
