// SPDX-License-Identifier: Apache-2.0
// The JSON in which a policy is written (docs/POLICY.md).
#pragma once

#include <string>
#include <string_view>

#include "core/policy.hpp"

namespace sekimori::daemon {

// Errors: malformed (not JSON, an unknown key, a wrong type), refused (core check(): names the rule), too_large.
[[nodiscard]] Result<Policy> parse_policy(std::string_view input);
[[nodiscard]] std::string write_policy(const Policy& policy);
// The same, for a record of the ledger. Errors: too_large.
[[nodiscard]] Result<std::string> write_policy_record(const Policy& policy);

}  // namespace sekimori::daemon
