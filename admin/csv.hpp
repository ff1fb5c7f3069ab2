// SPDX-License-Identifier: Apache-2.0
// CSV as personnel systems write it: RFC 4180, UTF-8 (with or without a byte order mark) or Shift_JIS.
#pragma once

#include <string>
#include <vector>

#include "admin/failure.hpp"

namespace sekimori::admin {

using Record = std::vector<std::string>;
// A record and the line of the file where it begins.
struct Line {
    std::size_t number{};
    Record fields;
    bool operator==(const Line&) const = default;
};

// UTF-8 of either. Bytes that are valid UTF-8 are taken for it; else code page 932, Shift_JIS as Windows has it.
// Failures: malformed.
[[nodiscard]] Outcome<std::string> decode_text(const std::string& bytes);

// Empty lines are left out. Failures: malformed (a quote in the wrong place, or one that does not end), too_large.
[[nodiscard]] Outcome<std::vector<Line>> parse_csv(const std::string& utf8);

// A field as it has to stand in a file: what a spreadsheet would calculate is marked as a text. And what a field that
// was read stood for.
[[nodiscard]] std::string csv_field(const std::string& text);
[[nodiscard]] std::string csv_plain(std::string text);
[[nodiscard]] std::string csv_line(const Record& fields);

}  // namespace sekimori::admin
