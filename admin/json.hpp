// SPDX-License-Identifier: Apache-2.0
// JSON without exceptions: what is missing or of another type reads as empty.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace sekimori::admin {

using Json = nlohmann::json;

// A discarded value when `text` is no JSON.
[[nodiscard]] Json parse_json(std::string_view text);
// One line. Bytes that are no UTF-8 are replaced.
[[nodiscard]] std::string write_json(const Json& value);

// The member, or null.
[[nodiscard]] const Json& at(const Json& object, std::string_view key) noexcept;
// A text as it is, a number in digits, anything else "".
[[nodiscard]] std::string text_at(const Json& object, std::string_view key);
[[nodiscard]] std::int64_t number_at(const Json& object, std::string_view key) noexcept;
[[nodiscard]] bool true_at(const Json& object, std::string_view key) noexcept;
[[nodiscard]] std::vector<std::string> texts_at(const Json& object, std::string_view key);
// The elements of `items`; empty when there are none.
[[nodiscard]] const Json::array_t& items_of(const Json& list) noexcept;

}  // namespace sekimori::admin
