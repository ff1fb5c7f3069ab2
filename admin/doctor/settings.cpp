// SPDX-License-Identifier: Apache-2.0
#include "admin/doctor/settings.hpp"

#include <algorithm>
#include <array>

#include "admin/doctor/pam_control.hpp"

namespace sekimori::doctor {

std::string trim(std::string_view text) {
    constexpr std::string_view kBlank = " \t\r\n";
    text.remove_prefix(std::min(text.size(), text.find_first_not_of(kBlank)));
    return std::string(text.substr(0, text.find_last_not_of(kBlank) + 1));  // npos + 1 is 0
}

bool is_true(std::string_view value) noexcept {
    constexpr std::array<std::string_view, 4> kTrue{"true", "yes", "1", "on"};
    return std::any_of(kTrue.begin(), kTrue.end(), [&](std::string_view word) { return same_word(value, word); });
}

std::vector<Setting> settings_in(std::string_view text) {
    std::vector<Setting> settings;
    std::string section;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t size = std::min(text.size(), text.find('\n'));
        const std::string line = trim(text.substr(0, size));
        text.remove_prefix(std::min(text.size(), size + 1));
        if (line.empty() || line.front() == '#' || line.front() == ';') continue;
        if (line.front() == '[') {
            section = line.substr(1, line.find(']') - 1);
            continue;
        }
        const std::size_t equals = line.find('=');
        if (equals == std::string::npos) continue;
        settings.push_back({number, section, trim(line.substr(0, equals)), trim(line.substr(equals + 1))});
    }
    return settings;
}

std::vector<std::string> files_at(const Tree& tree, const std::string& path, std::string_view suffix) {
    if (!tree.is_directory(path)) return tree.exists(path) ? std::vector{path} : std::vector<std::string>();
    std::vector<std::string> files;
    for (const std::string& name : tree.list(path))
        if (name.ends_with(suffix)) files.push_back(path + "/" + name);
    return files;
}

}  // namespace sekimori::doctor
