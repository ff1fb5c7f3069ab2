// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/lab/cards/felica_card.hpp"
#include "tests/lab/cards/jpki_card.hpp"
#include "tests/lab/cards/mint.hpp"
#include "tests/lab/cards/piv_card.hpp"

/// Fresh cards with fresh keys, for tests and for the command.
namespace sekimori::lab {

/// A good certificate, or one of those that a verifier must refuse.
enum class CertificateKind : std::uint8_t { Good, Expired, NotYetValid, WrongUsage, NoAuthorityKeyId, Oversize };
/// "good", "expired", "not-yet-valid", "wrong-usage", "no-aki", "oversize".
std::optional<CertificateKind> certificate_kind(std::string_view name);

struct NewPiv {
    KeyKind kind = KeyKind::P256;
    std::string pin = "123456";
    std::string subject = "Lab Staff";
    std::vector<std::uint8_t> slots{piv::authentication, piv::card_authentication};
    CertificateKind certificate = CertificateKind::Good;
    CertificateEncoding encoding = CertificateEncoding::Plain;
};
Outcome<PivContents> new_piv(const Ca& ca, const NewPiv& wanted);

struct NewJpki {
    KeyKind kind = KeyKind::Rsa2048;  ///< or Rsa1024, which nobody must accept
    std::string pin = "1234";
    std::string subject;  ///< empty: C=JP and an opaque common name, as JPKI does
    std::string label = "JPKIAPICCTOKEN2";
    AuthPin auth_pin = AuthPin::Present;
    CertificateKind certificate = CertificateKind::Good;
};
Outcome<JpkiContents> new_jpki(const Ca& ca, const NewJpki& wanted);

/// A Lite-S card with a random ID and this card key.
LiteSContents new_lite_s(const Block16& card_key);
/// A Lite-S card with a random ID and the key that `master` gives it.
LiteSContents new_diversified_lite_s(const std::array<std::uint8_t, 24>& master);
Chunk8 new_idm();

}  // namespace sekimori::lab
