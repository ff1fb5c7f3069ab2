// SPDX-License-Identifier: Apache-2.0
// The personnel office's table as it comes: its headings in Japanese or English, full-width digits, dates of three
// calendars; row by row what person.import takes.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "admin/csv.hpp"
#include "admin/json.hpp"

namespace sekimori::admin {

// A heading of the table -> one of our columns; for tables whose headings are none that we know.
using ColumnMap = std::map<std::string, std::string>;
// Lines "heading = column"; # begins a comment. Failures: malformed.
[[nodiscard]] Outcome<ColumnMap> parse_columns(const std::string& utf8);

struct Personnel {
    std::vector<Json> rows;
    std::vector<std::string> ignored;  // headings that mean nothing to us
};
// Columns: staff_number, login, name, kana, section, employment, accounts, from, until, min_fingers, reason. Failures:
// malformed, with the line.
[[nodiscard]] Outcome<Personnel> personnel_from(const std::vector<Line>& lines, const ColumnMap& columns = {});

// Full-width letters, digits and spaces as ASCII, spaces at the ends gone; kana whole-width.
[[nodiscard]] std::string normalized(const std::string& text);
// A name keeps its characters, for 髙 and 﨑 are not 高 and 崎; only its spaces are made one kind.
[[nodiscard]] std::string spaced(const std::string& text);
// "2026-04-01" of 2026-04-01, 2026/4/1, 20260401, 令和8年4月1日, R8.4.1 and the like. none: no date.
[[nodiscard]] std::optional<std::string> date_of(const std::string& raw);

}  // namespace sekimori::admin
