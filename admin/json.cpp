// SPDX-License-Identifier: Apache-2.0
#include "admin/json.hpp"

namespace sekimori::admin {

Json parse_json(std::string_view text) { return Json::parse(text, nullptr, false); }

std::string write_json(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

const Json& at(const Json& object, std::string_view key) noexcept {
    static const Json none;
    if (!object.is_object()) return none;
    const auto found = object.find(key);
    return found == object.end() ? none : *found;
}

std::string text_at(const Json& object, std::string_view key) {
    const Json& value = at(object, key);
    if (const auto* text = value.get_ptr<const Json::string_t*>()) return *text;
    return value.is_number() ? write_json(value) : std::string();
}

std::int64_t number_at(const Json& object, std::string_view key) noexcept {
    const Json& value = at(object, key);
    if (const auto* number = value.get_ptr<const Json::number_integer_t*>()) return *number;
    return 0;
}

bool true_at(const Json& object, std::string_view key) noexcept {
    const auto* flag = at(object, key).get_ptr<const Json::boolean_t*>();
    return flag != nullptr && *flag;
}

std::vector<std::string> texts_at(const Json& object, std::string_view key) {
    std::vector<std::string> texts;
    const auto* array = at(object, key).get_ptr<const Json::array_t*>();
    if (array == nullptr) return texts;
    for (const Json& item : *array)
        if (const auto* text = item.get_ptr<const Json::string_t*>()) texts.push_back(*text);
    return texts;
}

const Json::array_t& items_of(const Json& list) noexcept {
    static const Json::array_t none;
    const auto* array = at(list, "items").get_ptr<const Json::array_t*>();
    return array == nullptr ? none : *array;
}

}  // namespace sekimori::admin
