// SPDX-License-Identifier: Apache-2.0
// What the PAM modules of Debian 12 can return, phase by phase. A module that is not in the table may return anything.
#pragma once

#include <string>
#include <vector>

#include "admin/doctor/pam_stack.hpp"

namespace sekimori::doctor {

inline constexpr const char* kOurModule = "pam_sekimori.so";

// Where modules are looked for: the directories of all architectures.
struct ModuleFiles {
    std::vector<std::string> directories;  // none: this tree holds no modules, all are taken to be there
};
[[nodiscard]] ModuleFiles module_files(const Tree& tree);
[[nodiscard]] bool has_module(const Tree& tree, const ModuleFiles& files, const std::string& written);

// The module's file name if it lies where modules lie; "" for a file of somewhere else.
[[nodiscard]] std::string standard_name(const std::string& written);

enum class Ours : std::uint8_t { no, factors, trial, other_socket };
// Is it our module, and does its success mean two factors?
[[nodiscard]] Ours ours(const Handler& handler);

// Everything that this entry may return, a module that vanishes (module_unknown) always among it.
[[nodiscard]] CodeSet possible_codes(const Tree& tree, const ModuleFiles& files, const Handler& handler, Phase phase);

}  // namespace sekimori::doctor
