// SPDX-License-Identifier: Apache-2.0
#include "smartcard/card/card.hpp"

#include <algorithm>

#include "smartcard/apdu/tlv.hpp"
#include "smartcard/card/jpki.hpp"
#include "smartcard/card/lite_s.hpp"
#include "smartcard/card/padding.hpp"
#include "smartcard/card/piv.hpp"

namespace sekimori::smartcard {
namespace {

using piv::Selected;
using wire::CardReference;
using wire::PinState;

template <class T>
tl::unexpected<Failure> same(const CardResult<T>& failed) {
    return tl::unexpected<Failure>(failed.error());
}

enum class Kind : std::uint8_t { jpki, piv, contactless, silent };

// JPKI comes first: on a My Number card no other application is selected, whatever becomes of this one. A reader in
// front of a card without applications may fail on the SELECT itself: such a card is only asked for its identifier.
CardResult<Kind> detect(Transport& transport) {
    const auto as_jpki = jpki::select(transport);
    if (!as_jpki && as_jpki.error().fault == CardFault::unreadable) return Kind::silent;
    if (!as_jpki) return same(as_jpki);
    if (*as_jpki == Selected::yes) {
        if (const auto token = jpki::check_token(transport); !token) return same(token);
        return Kind::jpki;
    }
    const auto as_piv = piv::select(transport);
    if (!as_piv) return same(as_piv);
    return *as_piv == Selected::yes ? Kind::piv : Kind::contactless;
}

CardResult<CardContent> content(CardType type, CardSlot slot, PinStatus pin, CardResult<Bytes> certificate) {
    if (!certificate) return same(certificate);
    const auto spki = from_parser(spki_of(*certificate));
    if (!spki) return same(spki);
    const auto hash = sha256(*spki);
    if (!hash) return same(hash);
    CardContent card;
    card.reference = {type, slot, CardKey{*hash}, {}, pin.state, pin.tries};
    card.certificate = std::move(*certificate);
    return card;
}

piv::Key key_of(CardSlot slot) { return slot == CardSlot::piv_9a ? piv::Key::authentication : piv::Key::card; }

CardResult<CardContent> piv_content(Transport& transport, CardSlot slot) {
    auto certificate = piv::certificate(transport, key_of(slot));
    if (!certificate) return same(certificate);
    PinStatus pin{PinState::not_needed, 0};
    if (needs_pin(slot)) {
        const auto asked = piv::pin_status(transport);
        if (!asked) return same(asked);
        pin = *asked;
    }
    return content(CardType::piv, slot, pin, std::move(certificate));
}

CardResult<CardContent> jpki_content(Transport& transport) {
    auto certificate = jpki::certificate(transport);
    if (!certificate) return same(certificate);
    const auto pin = jpki::pin_status(transport);
    if (!pin) return same(pin);
    return content(CardType::jpki, CardSlot::jpki_auth, *pin, std::move(certificate));
}

CardResult<CardContent> contactless_content(Transport& transport) {
    auto id = identifier(transport);
    if (!id) return same(id);
    if (!*id) return failure(CardFault::no_application);
    CardContent card;
    card.reference.type = CardType::idm;
    card.reference.public_id = **id;
    if ((*id)->size() == Idm{}.size()) {
        const auto polled = lite_s::poll(transport);
        if (!polled) return same(polled);
        if (*polled) {
            const auto block = lite_s::read_id(transport, (*polled)->idm);
            if (!block) return same(block);
            card.reference.type = CardType::lite_s;
            card.reference.public_id.assign(block->begin(), block->end());
            card.ic_code = (*polled)->ic_code;
        }
    }
    // An identifier has 4 to 10 bytes, an ID block 16, a SubjectPublicKeyInfo more: no two kinds share a preimage.
    const auto hash = sha256(card.reference.public_id);
    if (!hash) return same(hash);
    card.reference.key.bytes = *hash;
    return card;
}

// The card failed on its first command: without an identifier it is broken, not unknown.
CardResult<CardContent> silent_content(Transport& transport) {
    auto card = contactless_content(transport);
    if (!card && card.error().fault == CardFault::no_application) return failure(CardFault::unreadable);
    return card;
}

CardResult<std::vector<CardReference>> piv_references(Transport& transport) {
    std::vector<CardReference> references;
    for (const CardSlot slot : {CardSlot::piv_9e, CardSlot::piv_9a}) {
        auto card = piv_content(transport, slot);
        if (card)
            references.push_back(std::move(card->reference));
        else if (card.error().fault != CardFault::no_key)
            return same(card);
    }
    if (references.empty()) return failure(CardFault::no_key);
    return references;
}

CardResult<std::vector<CardReference>> only(CardResult<CardContent> card) {
    if (!card) return same(card);
    return std::vector<CardReference>{std::move(card->reference)};
}

CardResult<Bytes> sign_piv(Transport& transport, const SignOrder& order, const SecureBytes& block) {
    const auto selected = piv::select(transport);
    if (!selected) return same(selected);
    if (*selected == Selected::no) return failure(CardFault::no_application);
    if (needs_pin(order.slot)) {
        const auto status = piv::pin_status(transport);
        if (!status) return same(status);
        if (const auto verified = verify_pin(transport, *status, block); !verified) return same(verified);
    }
    return piv::sign(transport, key_of(order.slot), order.scheme, order.digest);
}

CardResult<Bytes> sign_jpki(Transport& transport, const SignOrder& order, const SecureBytes& block) {
    const auto selected = jpki::select(transport);
    if (!selected) return same(selected);
    if (*selected == Selected::no) return failure(CardFault::no_application);
    const auto status = jpki::pin_status(transport);
    if (!status) return same(status);
    if (const auto verified = verify_pin(transport, *status, block); !verified) return same(verified);
    return jpki::sign(transport, order.scheme, order.digest);
}

bool belongs(CardType type, CardSlot slot) {
    switch (type) {
        case CardType::piv:
            return slot == CardSlot::piv_9a || slot == CardSlot::piv_9e;
        case CardType::jpki:
            return slot == CardSlot::jpki_auth;
        case CardType::lite_s:
        case CardType::idm:
            break;
    }
    return false;
}

}  // namespace

CardResult<std::vector<CardReference>> identify(Transport& transport) {
    const auto kind = detect(transport);
    if (!kind) return same(kind);
    switch (*kind) {
        case Kind::piv:
            return piv_references(transport);
        case Kind::jpki:
            return only(jpki_content(transport));
        case Kind::contactless:
            return only(contactless_content(transport));
        case Kind::silent:
            return only(silent_content(transport));
    }
    return failure(CardFault::internal);
}

CardResult<CardContent> read_card(Transport& transport, CardSlot slot) {
    const auto kind = detect(transport);
    if (!kind) return same(kind);
    switch (*kind) {
        case Kind::piv:
            if (slot == CardSlot::none) {
                auto card = piv_content(transport, CardSlot::piv_9e);
                if (card || card.error().fault != CardFault::no_key) return card;
                return piv_content(transport, CardSlot::piv_9a);
            }
            if (!belongs(CardType::piv, slot)) break;
            return piv_content(transport, slot);
        case Kind::jpki:
            if (slot != CardSlot::none && slot != CardSlot::jpki_auth) break;
            return jpki_content(transport);
        case Kind::contactless:
            if (slot != CardSlot::none) break;
            return contactless_content(transport);
        case Kind::silent:
            if (slot != CardSlot::none) return failure(CardFault::unreadable);
            return silent_content(transport);
    }
    return failure(CardFault::no_key);
}

CardResult<Bytes> sign(Transport& transport, const SignOrder& order) {
    if (!belongs(order.type, order.slot)) return failure(CardFault::unsupported);
    SecureBytes block;
    if (needs_pin(order.slot)) {
        auto made = pin_block(order.type, order.pin);
        if (!made) return same(made);
        block = std::move(*made);
    }
    return order.type == CardType::piv ? sign_piv(transport, order, block) : sign_jpki(transport, order, block);
}

}  // namespace sekimori::smartcard
