// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace sekimori::daemon {

// What the linker named this program by (NT_GNU_BUILD_ID), in hex: another build has another one. "": it has none.
[[nodiscard]] std::string build_id();

}  // namespace sekimori::daemon
