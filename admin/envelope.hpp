// SPDX-License-Identifier: Apache-2.0
// What goes into the sealed envelope: a new rescue code, made by sekimori-rescue, which does what its caller may: root.
#pragma once

#include <string>

#include "admin/failure.hpp"

namespace sekimori::admin {

// In groups, as it is printed. Any code from before is void. Failures: refused, io.
[[nodiscard]] Outcome<std::string> new_rescue_code();

}  // namespace sekimori::admin
