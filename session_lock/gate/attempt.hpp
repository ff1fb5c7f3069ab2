// SPDX-License-Identifier: Apache-2.0
// One whole PAM round at the console: authentication of whoever the card names, then the account phase. No session: the
// gate opens the machine, and the login after it opens somebody's.
#pragma once

#include "session_lock/gate/console.hpp"

namespace sekimori::gate {

inline constexpr const char* kService = "sekimori-gate";

// Borrows the console while it runs. A PAM that can't be started is a round that was unavailable.
[[nodiscard]] Round attempt(Console& console);

}  // namespace sekimori::gate
