// SPDX-License-Identifier: Apache-2.0
// Runs a program of the system and reads what it prints.
#pragma once

#include <string>
#include <vector>

#include "core/result.hpp"

namespace sekimori::doctor {

// Standard output and error together, at most 1 MiB, within 20 s; whatever the exit code. An absolute path, arguments
// as they are, an empty environment. Failures: not_found, io, timeout, too_large.
[[nodiscard]] Result<std::string> output_of(const std::vector<std::string>& command);

}  // namespace sekimori::doctor
