// SPDX-License-Identifier: Apache-2.0
// What the command's three verbs do.
#pragma once

#include <chrono>
#include <string>

#include "core/result.hpp"
#include "tests/lab/launcher/plan.hpp"

namespace sekimori::lab::launcher {

struct UpOptions {
    std::string folder;
    std::string policy;  // absolute; empty: none
    std::string users;   // BROKER:CARD:FINGER; empty: all as the caller
    Sessions sessions{Sessions::none};
    Agent agent{Agent::none};
    std::string stand_ins;  // tests: where other programs are taken from first
    std::chrono::milliseconds limit{15000};
};

// Returns when a login can be started, or with everything ended. Errors: invalid_argument (usage), anything else
// (failed).
[[nodiscard]] Status up(const UpOptions& options);

// Ends whatever runs in the folder; nothing is fine too. State, logs and configuration stay. Errors: invalid_argument.
[[nodiscard]] Status down(const std::string& folder);

// One line a process, "NAME PID", on standard output. Errors: unavailable (no lab is up), invalid_argument.
[[nodiscard]] Status status(const std::string& folder);

}  // namespace sekimori::lab::launcher
