// SPDX-License-Identifier: Apache-2.0
// The examinations, in the order in which they are shown.
#pragma once

#include "admin/doctor/check.hpp"
#include "admin/doctor/tree.hpp"

namespace sekimori::doctor {

// All that files alone can tell, of this machine or of a tree (--root).
[[nodiscard]] Checks examine_tree(const Tree& tree);
// All that only the running machine can tell. `tree`: its own.
[[nodiscard]] Checks examine_machine(const Tree& tree);

}  // namespace sekimori::doctor
