// SPDX-License-Identifier: Apache-2.0
// sekimori person import: a table of people as the arguments of person.import.
#pragma once

#include <vector>

#include "admin/csv.hpp"
#include "admin/json.hpp"

namespace sekimori::admin {

// The first record names the columns: login and name, and, where wanted, accounts (separated by spaces), min_fingers
// and reason; also ログイン名, 氏名, アカウント, 指の数, 理由. Failures: malformed, with the record's number.
[[nodiscard]] Outcome<Json> people_from(const std::vector<Record>& records);

}  // namespace sekimori::admin
