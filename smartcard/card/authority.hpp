// SPDX-License-Identifier: Apache-2.0
// What a fleet's authority asks of a PIV card: the certificate and signatures of 9C. Such a signature wants the PIN
// right before it, each time. As in card.hpp each function begins with a SELECT on a freshly connected card.
#pragma once

#include "smartcard/card/card.hpp"

namespace sekimori::smartcard {

// `reference` has no slot. Errors: no_application, no_key (9C is empty), unreadable, gone.
[[nodiscard]] CardResult<CardContent> read_authority(Transport& transport);

// Errors: pin_malformed (before anything is sent), no_application, and those of pin.hpp and piv::sign().
[[nodiscard]] CardResult<Bytes> sign_as_authority(Transport& transport, wire::SignatureScheme scheme, ByteSpan digest,
                                                  const SecureBytes& pin);

}  // namespace sekimori::smartcard
