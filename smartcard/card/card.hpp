// SPDX-License-Identifier: Apache-2.0
// What the worker asks of a card, whichever it is. Each function begins with a SELECT on a freshly connected card and
// detects by it, never by the ATR (one ATR is shared by many kinds of card).
#pragma once

#include <vector>

#include "smartcard/apdu/transport.hpp"

namespace sekimori::smartcard {

// Every key that the card says it has, untrusted. PIV: 9E, then 9A. Few APDUs, no PIN.
// Errors: no_application, no_key, unreadable, gone.
[[nodiscard]] CardResult<std::vector<wire::CardReference>> identify(Transport& transport);

struct CardContent {
    wire::CardReference reference;
    Bytes certificate;  // DER; empty for Lite-S and identifiers
    std::uint8_t ic_code{};
};
// For enrolment. slot none: PIV's 9E if it is there, else 9A. Errors: as identify; no_key if the slot is not there.
[[nodiscard]] CardResult<CardContent> read_card(Transport& transport, CardSlot slot);

struct SignOrder {
    CardType type{};
    CardSlot slot{};
    wire::SignatureScheme scheme{};
    ByteSpan digest;
    const SecureBytes& pin;  // empty for a slot without one
};
// Errors: pin_malformed (before anything is sent), no_application (the card has no such application), unsupported, and
// those of pin.hpp and the drivers.
[[nodiscard]] CardResult<Bytes> sign(Transport& transport, const SignOrder& order);

}  // namespace sekimori::smartcard
