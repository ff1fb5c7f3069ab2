// SPDX-License-Identifier: Apache-2.0
// The chain as the server has it, for whoever works beside the running sequencer: chain.log is that one's alone.
#pragma once

#include <functional>

#include "fleet/authority/server.hpp"
#include "fleet/authority/state.hpp"

namespace sekimori::fleet {

// Takes in what is new; believed as far as it is signed. `taken` is told each link once the chain ends with it.
// Errors: the server's; corrupt.
[[nodiscard]] Status catch_up(Chain& chain, const Identity& identity, Server& server,
                              const std::function<void(const Link&)>& taken = nullptr);

}  // namespace sekimori::fleet
