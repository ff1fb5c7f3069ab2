// SPDX-License-Identifier: Apache-2.0
// PC/SC's return codes as our faults. Closed: a code that is not in the table is `internal`.
#pragma once

#include <winscard.h>

#include "smartcard/failure.hpp"

namespace sekimori::smartcard::pcsc {

// Precondition: code is not SCARD_S_SUCCESS.
[[nodiscard]] CardFault fault_of(LONG code) noexcept;

// The service is not there, or was restarted: contexts made before are of no use.
[[nodiscard]] bool service_lost(LONG code) noexcept;

}  // namespace sekimori::smartcard::pcsc
