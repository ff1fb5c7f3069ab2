// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

namespace sekimori::lab {

/// Exit codes of sekimori-lab-card: the card was taken and came out as asked; it was not, or something failed; bad
/// usage.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kUsage = 2;

/// Each adds its subcommands to `app`; the chosen one leaves its exit code in `code`.
void add_new_commands(CLI::App& app, int& code);
void add_insert_command(CLI::App& app, int& code);

}  // namespace sekimori::lab
