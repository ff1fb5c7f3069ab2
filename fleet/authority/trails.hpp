// SPDX-License-Identifier: Apache-2.0
// A month of the whole fleet, for `sekimori report --trails`: what every terminal wrote, verified here, and how far
// each denial came. One JSON object a line (docs/FLEET.md).
#pragma once

#include "fleet/authority/context.hpp"

namespace sekimori::fleet {

// `trail export`. Errors: invalid_argument; the server's, what verifying its chain says, those of writing the file.
[[nodiscard]] Status export_trails(const Context& context);

}  // namespace sekimori::fleet
