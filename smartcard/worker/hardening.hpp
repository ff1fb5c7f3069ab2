// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.hpp"
#include "protocol/config.hpp"

namespace sekimori::smartcard {

// First thing in main(), before any thread: no core dumps, no new privileges, and outside lab mode no PCSCLITE_*
// variable that could lead us to somebody's own pcscd. Errors: io.
[[nodiscard]] Status harden(LabMode lab);

}  // namespace sekimori::smartcard
