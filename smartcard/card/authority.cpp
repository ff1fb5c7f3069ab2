// SPDX-License-Identifier: Apache-2.0
#include "smartcard/card/authority.hpp"

#include "smartcard/apdu/tlv.hpp"
#include "smartcard/card/jpki.hpp"
#include "smartcard/card/padding.hpp"
#include "smartcard/card/piv.hpp"

namespace sekimori::smartcard {
namespace {

template <class T>
tl::unexpected<Failure> same(const CardResult<T>& failed) {
    return tl::unexpected<Failure>(failed.error());
}

// On a My Number card no other application is selected: the first SELECT tells it.
CardResult<void> select(Transport& transport) {
    const auto resident = jpki::select(transport);
    if (!resident) return same(resident);
    if (*resident == piv::Selected::yes) return failure(CardFault::no_application);
    const auto selected = piv::select(transport);
    if (!selected) return same(selected);
    if (*selected == piv::Selected::no) return failure(CardFault::no_application);
    return {};
}

}  // namespace

CardResult<CardContent> read_authority(Transport& transport) {
    if (const auto there = select(transport); !there) return same(there);
    auto certificate = piv::certificate(transport, piv::Key::signature);
    if (!certificate) return same(certificate);
    const auto pin = piv::pin_status(transport);
    if (!pin) return same(pin);
    const auto spki = from_parser(spki_of(*certificate));
    if (!spki) return same(spki);
    const auto hash = sha256(*spki);
    if (!hash) return same(hash);
    CardContent card;
    card.reference = {CardType::piv, CardSlot::none, CardKey{*hash}, {}, pin->state, pin->tries};
    card.certificate = std::move(*certificate);
    return card;
}

CardResult<Bytes> sign_as_authority(Transport& transport, wire::SignatureScheme scheme, ByteSpan digest,
                                    const SecureBytes& pin) {
    const auto block = pin_block(CardType::piv, pin);
    if (!block) return same(block);
    if (const auto there = select(transport); !there) return same(there);
    const auto status = piv::pin_status(transport);
    if (!status) return same(status);
    if (const auto verified = verify_pin(transport, *status, *block); !verified) return same(verified);
    return piv::sign(transport, piv::Key::signature, scheme, digest);
}

}  // namespace sekimori::smartcard
