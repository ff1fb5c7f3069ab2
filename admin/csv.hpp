// SPDX-License-Identifier: Apache-2.0
// CSV as personnel systems write it: RFC 4180, UTF-8 (with or without a byte order mark) or Shift_JIS.
#pragma once

#include <string>
#include <vector>

#include "admin/failure.hpp"

namespace sekimori::admin {

using Record = std::vector<std::string>;

// UTF-8 of either. Bytes that are valid UTF-8 are taken for it; else code page 932, Shift_JIS as Windows has it.
// Failures: malformed.
[[nodiscard]] Outcome<std::string> decode_text(const std::string& bytes);

// Empty lines are left out. Failures: malformed (a quote in the wrong place, or one that does not end).
[[nodiscard]] Outcome<std::vector<Record>> parse_csv(const std::string& utf8);

}  // namespace sekimori::admin
