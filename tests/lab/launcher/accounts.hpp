// SPDX-License-Identifier: Apache-2.0
// Three accounts for the three processes, as a production system has them; without them all run as the caller.
#pragma once

#include <optional>
#include <string>

#include "core/result.hpp"
#include "tests/lab/launcher/spawn.hpp"

namespace sekimori::lab::launcher {

struct Accounts {
    Account broker;
    Account card;
    Account finger;
};

// From "BROKER:CARD:FINGER", names of different accounts, none of them root. Errors: invalid_argument, not_found.
[[nodiscard]] Result<Accounts> parse_accounts(const std::string& text);

}  // namespace sekimori::lab::launcher
