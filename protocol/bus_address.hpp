// SPDX-License-Identifier: Apache-2.0
// The address of a D-Bus server (D-Bus specification, "Server Addresses"), as far as lab mode needs it: which socket it
// leads to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace sekimori {

// The paths of every alternative, unescaped and lexically normal. What is not plainly a unix socket with an absolute
// path (an abstract one, another transport, a key that is not known, an escape that is none, an empty alternative) is
// an error: malformed, unsupported.
[[nodiscard]] Result<std::vector<std::string>> bus_sockets(std::string_view address);

}  // namespace sekimori
