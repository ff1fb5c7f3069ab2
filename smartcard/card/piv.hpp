// SPDX-License-Identifier: Apache-2.0
// PIV (NIST SP 800-73-5): the keys 9A (authentication, PIN), 9E (card authentication, no PIN) and 9C (digital
// signature, the PIN anew for each one). Free functions over a selected application; a failure leaves the card to be
// powered down by its transport.
#pragma once

#include "smartcard/card/pin.hpp"

namespace sekimori::smartcard::piv {

// Key references (part 1, table 4b).
enum class Key : std::uint8_t { authentication = 0x9a, signature = 0x9c, card = 0x9e };
enum class Selected : std::uint8_t { no, yes };

[[nodiscard]] CardResult<Selected> select(Transport& transport);

// The certificate of a slot, DER. Precondition for all that follow: selected.
// Errors: no_key (the slot is empty), unreadable.
[[nodiscard]] CardResult<Bytes> certificate(Transport& transport, Key key);

// The PIN's state without spending a try; a card that somebody left verified is logged out first.
[[nodiscard]] CardResult<PinStatus> pin_status(Transport& transport);

// GENERAL AUTHENTICATE over a digest of the scheme's hash. Errors: unsupported (digest or scheme do not fit), no_key,
// pin_missing (the card wants a PIN that was not given), unreadable.
[[nodiscard]] CardResult<Bytes> sign(Transport& transport, Key key, wire::SignatureScheme scheme, ByteSpan digest);

}  // namespace sekimori::smartcard::piv
