// SPDX-License-Identifier: Apache-2.0
// The simplest of configuration files: [section], key=value, remarks. As GKeyFile, Qt and systemd have them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "admin/doctor/tree.hpp"

namespace sekimori::doctor {

struct Setting {
    std::size_t line{0};
    std::string section, key, value;
};
[[nodiscard]] std::vector<Setting> settings_in(std::string_view text);

// A file, or all files of a directory with that suffix, in the order of their names.
[[nodiscard]] std::vector<std::string> files_at(const Tree& tree, const std::string& path, std::string_view suffix);

[[nodiscard]] std::string trim(std::string_view text);
[[nodiscard]] bool is_true(std::string_view value) noexcept;

}  // namespace sekimori::doctor
