// SPDX-License-Identifier: Apache-2.0
// Persons and cards as a person reads them.
#pragma once

#include <string>

#include "admin/json.hpp"

namespace sekimori::admin {

// A state, reason or result in the field's words.
[[nodiscard]] std::string word(const std::string& name);
[[nodiscard]] std::string joined(const std::vector<std::string>& texts);

[[nodiscard]] std::string render_persons(const Json& list);
[[nodiscard]] std::string render_person(const Json& person);
[[nodiscard]] std::string render_cards(const Json::array_t& cards);
[[nodiscard]] std::string render_card(const Json& card);
// How far a denial has come in the fleet.
[[nodiscard]] std::string render_receipt(const Json& receipt);
// "changed": false is said, since nothing else would tell.
[[nodiscard]] std::string render_changed_cards(const Json& answer);

}  // namespace sekimori::admin
