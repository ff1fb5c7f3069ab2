// SPDX-License-Identifier: Apache-2.0
// PIV (NIST SP 800-73-5): the keys 9A (authentication, PIN) and 9E (card authentication, no PIN).
// Free functions over a selected application; a failure leaves the card to be powered down by its transport.
#pragma once

#include "smartcard/card/pin.hpp"

namespace sekimori::smartcard::piv {

enum class Selected : std::uint8_t { no, yes };

[[nodiscard]] CardResult<Selected> select(Transport& transport);

// The certificate of a slot, DER. Precondition for all that follow: selected; slot 9A or 9E.
// Errors: no_key (the slot is empty), unreadable.
[[nodiscard]] CardResult<Bytes> certificate(Transport& transport, CardSlot slot);

// The PIN's state without spending a try; a card that somebody left verified is logged out first.
[[nodiscard]] CardResult<PinStatus> pin_status(Transport& transport);

// GENERAL AUTHENTICATE over a digest of the scheme's hash. Errors: unsupported (digest or scheme do not fit), no_key,
// pin_missing (the card wants a PIN that was not given), unreadable.
[[nodiscard]] CardResult<Bytes> sign(Transport& transport, CardSlot slot, wire::SignatureScheme scheme,
                                     ByteSpan digest);

}  // namespace sekimori::smartcard::piv
