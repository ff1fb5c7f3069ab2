// SPDX-License-Identifier: Apache-2.0
// 公的個人認証 (JPKI) on a My Number card: the user-authentication certificate and key, and nothing else on it.
#pragma once

#include "smartcard/card/pin.hpp"
#include "smartcard/card/piv.hpp"

namespace sekimori::smartcard::jpki {

using piv::Selected;

[[nodiscard]] CardResult<Selected> select(Transport& transport);

// Only a plastic card's token is taken, not that of a telephone or of the former resident card.
// Precondition for all that follow: selected. Errors: no_application, unreadable.
[[nodiscard]] CardResult<void> check_token(Transport& transport);

// The user-authentication certificate, DER.
// Errors: no_key, unreadable (also oversize).
[[nodiscard]] CardResult<Bytes> certificate(Transport& transport);

// Selects the PIN's file and asks for its tries, free of cost. `missing`: a card that was issued without PINs.
[[nodiscard]] CardResult<PinStatus> pin_status(Transport& transport);

// COMPUTE DIGITAL SIGNATURE over a SHA-256 digest, PKCS #1 v1.5. Precondition: the PIN was verified just before.
// Errors: unsupported, no_key, pin_missing, unreadable.
[[nodiscard]] CardResult<Bytes> sign(Transport& transport, wire::SignatureScheme scheme, ByteSpan digest);

}  // namespace sekimori::smartcard::jpki
