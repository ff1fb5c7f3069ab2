// SPDX-License-Identifier: Apache-2.0
// The monthly report: one model, rendered as text, CSV or JSON. A section is a question of the guideline with the rows
// that answer it; whatever else is to be reported becomes a section of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "admin/csv.hpp"

namespace sekimori::admin {

enum class Finding : std::uint8_t { good, attention, not_compliant };
[[nodiscard]] const char* name_of(Finding finding) noexcept;

struct Section {
    std::string id;      // for programs; never translated
    std::string title;   // in the report's language, like all that follows
    std::string clause;  // what of the guidelines asks for it
    Finding finding{Finding::good};
    std::vector<std::string> keys;   // of the columns, for programs
    std::vector<std::string> heads;  // for people
    std::vector<Record> rows;
    std::string note;
};

struct Report {
    std::string month;  // YYYY-MM
    std::string made_at, terminal, language;
    std::vector<Section> sections;
    std::optional<std::size_t> terminals;  // of the fleet, where it is about all of them
    [[nodiscard]] Finding finding() const noexcept;
};

[[nodiscard]] std::string render_text(const Report& report);
[[nodiscard]] std::string render_csv(const Report& report);
[[nodiscard]] std::string render_json(const Report& report);

}  // namespace sekimori::admin
