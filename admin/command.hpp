// SPDX-License-Identifier: Apache-2.0
// The command as a function: the same for main and for the tests.
#pragma once

#include <string>
#include <vector>

#include "admin/session.hpp"

namespace sekimori::admin {

// `arguments` without the program's name. Borrows everything. Never throws.
[[nodiscard]] Exit run_command(const std::vector<std::string>& arguments, Broker& broker, const Interrupt& interrupt,
                               Streams streams) noexcept;

}  // namespace sekimori::admin
