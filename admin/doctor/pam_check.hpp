// SPDX-License-Identifier: Apache-2.0
// The proof over the PAM stacks: nobody comes through one without two factors.
#pragma once

#include <optional>
#include <string>

#include "admin/doctor/check.hpp"
#include "admin/doctor/tree.hpp"

namespace sekimori::doctor {

// Every service of the tree, or the one that is named. `other` stands for all services without a file.
[[nodiscard]] Checks check_pam(const Tree& tree, const std::optional<std::string>& wanted = std::nullopt);

}  // namespace sekimori::doctor
