// SPDX-License-Identifier: Apache-2.0
// The way out for root when nobody can show card and finger: the code from the envelope opens a shell on the console,
// and nothing else. The gate stays shut behind it.
#pragma once

#include "session_lock/gate/console.hpp"

namespace sekimori::gate {

// Is there a code that was not used?
[[nodiscard]] bool rescue_exists();

// Asks for it, has sekimori-rescue compare it (another process: the gate keeps and parses no secret), and if it was the
// one gives the console to root until that shell ends.
void rescue(Console& console);

}  // namespace sekimori::gate
