// SPDX-License-Identifier: Apache-2.0
// Heads of the trail that were kept elsewhere: the lines of a witness, or what `audit verify --json` printed.
#pragma once

#include <string>
#include <vector>

#include "admin/failure.hpp"
#include "admin/json.hpp"

namespace sekimori::admin {

struct Head {
    std::int64_t seq{};
    std::string hash;  // hex
};

// By seq. Failures: not_found, io, malformed.
[[nodiscard]] Outcome<std::vector<Head>> read_heads(const std::string& path);

}  // namespace sekimori::admin
