// SPDX-License-Identifier: Apache-2.0
#include "admin/table.hpp"

#include <glib.h>

#include <algorithm>

#include "admin/times.hpp"

namespace sekimori::admin {

std::size_t width_of(std::string_view utf8) noexcept {
    std::size_t width = 0;
    const gchar* end = utf8.data() + utf8.size();
    for (const gchar* p = utf8.data(); p < end; p += g_utf8_skip[static_cast<guchar>(*p)]) {
        const gunichar character = g_utf8_get_char(p);
        if (g_unichar_iszerowidth(character) != FALSE) continue;
        width += g_unichar_iswide(character) != FALSE ? 2 : 1;
    }
    return width;
}

void Table::add(std::vector<std::string> cells) {
    for (std::string& cell : cells) cell = printable(cell);
    rows_.push_back(std::move(cells));
}

std::string Table::text() const {
    std::vector<std::size_t> widths;
    for (const auto& row : rows_) {
        widths.resize(std::max(widths.size(), row.size()), 0);
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
    }
    std::string text;
    for (const auto& row : rows_) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            line += row[i];
            if (i + 1 < row.size()) line.append(widths[i] - width_of(row[i]) + 2, ' ');
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + '\n';
    }
    return text;
}

std::string facts(const std::vector<std::pair<std::string, std::string>>& pairs) {
    std::size_t widest = 0;
    for (const auto& [label, value] : pairs)
        if (!value.empty()) widest = std::max(widest, width_of(label));
    std::string text;
    for (const auto& [label, value] : pairs) {
        if (value.empty()) continue;
        text += label + std::string(widest - width_of(label) + 2, ' ') + printable(value) + '\n';
    }
    return text;
}

}  // namespace sekimori::admin
