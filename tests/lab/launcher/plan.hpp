// SPDX-License-Identifier: Apache-2.0
// Everything that is decided before anything is started.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/lab/launcher/accounts.hpp"
#include "tests/lab/launcher/layout.hpp"
#include "tests/lab/launcher/programs.hpp"

namespace sekimori::lab::launcher {

// Whether the lab has sessions: a stand-in for logind, and lockd.
enum class Sessions : std::uint8_t { none, stand_in };
// Whether the fleet's agent runs, so that the lab can join one.
enum class Agent : std::uint8_t { none, runs };

struct Plan {
    Layout layout;
    Programs programs;
    std::optional<Accounts> accounts;
    std::string policy;  // the file that replaces the policy; empty: none
    Sessions sessions{Sessions::none};
    Agent agent{Agent::none};
};

// The readers' names as pcscd shows them.
[[nodiscard]] std::vector<std::string> reader_names();

// dbus-daemon does not serve a uid that has no account: such a lab's bus gets one of its own, through nss_wrapper(1).
[[nodiscard]] bool caller_has_account();

// Makes the folder if it is new (0700; 0711 with accounts of their own) and checks that it is the caller's alone.
[[nodiscard]] Status claim_folder(const Plan& plan);

// Writes configuration, PAM stacks, environment and empty logs. What a former run left of state is kept. Precondition:
// the lock is held.
[[nodiscard]] Status prepare(const Plan& plan);

}  // namespace sekimori::lab::launcher
