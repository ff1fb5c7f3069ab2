// SPDX-License-Identifier: Apache-2.0
// Table: rows of texts in aligned columns, by the width that a terminal gives them (Japanese takes two cells).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sekimori::admin {

[[nodiscard]] std::size_t width_of(std::string_view utf8) noexcept;

class Table {
  public:
    explicit Table(std::vector<std::string> heads) { add(std::move(heads)); }
    // As many cells as there are heads.
    void add(std::vector<std::string> cells);
    // Two spaces between columns, none at a line's end; heads first.
    [[nodiscard]] std::string text() const;

  private:
    std::vector<std::vector<std::string>> rows_;
};

// "label   value" lines of one object; an empty value is left out.
[[nodiscard]] std::string facts(const std::vector<std::pair<std::string, std::string>>& pairs);

}  // namespace sekimori::admin
