// SPDX-License-Identifier: Apache-2.0
// Dates as offices write them.
#include <glib.h>

#include <cstdio>

#include "admin/personnel.hpp"

namespace sekimori::admin {
namespace {

struct Era {
    const char* prefix;
    int year_before_its_first;
};
constexpr Era kEras[] = {{"令和", 2018}, {"平成", 1988}, {"昭和", 1925}, {"R", 2018}, {"H", 1988},
                         {"S", 1925},    {"r", 2018},    {"h", 1988},    {"s", 1925}};

// The numbers in a text of digits and separators; "元" is the first year of an era.
std::vector<int> numbers_of(const std::string& text) {
    std::vector<int> numbers;
    bool inside = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (g_ascii_isdigit(text[i])) {
            if (!inside) numbers.push_back(0);
            if (numbers.back() > 99'999'999) return {};
            numbers.back() = numbers.back() * 10 + (text[i] - '0');
            inside = true;
            continue;
        }
        inside = false;
        if (text.compare(i, 3, "元") == 0 && numbers.empty()) {
            numbers.push_back(1);
            i += 2;
        } else if (text.compare(i, 3, "年") == 0 || text.compare(i, 3, "月") == 0 || text.compare(i, 3, "日") == 0) {
            i += 2;
        } else if (text[i] != '-' && text[i] != '/' && text[i] != '.' && text[i] != ' ') {
            return {};
        }
    }
    return numbers;
}

}  // namespace

std::optional<std::string> date_of(const std::string& raw) {
    std::string text = normalized(raw);
    int offset = 0;
    for (const Era& era : kEras) {
        if (!text.starts_with(era.prefix)) continue;
        offset = era.year_before_its_first;
        text.erase(0, std::string_view(era.prefix).size());
        break;
    }
    std::vector<int> numbers = numbers_of(text);
    if (numbers.size() == 1 && offset == 0 && text.size() == 8)
        numbers = {numbers[0] / 10000, numbers[0] / 100 % 100, numbers[0] % 100};
    if (numbers.size() != 3) return std::nullopt;
    const int year = numbers[0] + offset;
    if (year < 1900 || year > 2999 || numbers[1] > 12 || numbers[2] > 31 ||
        g_date_valid_dmy(static_cast<GDateDay>(numbers[2]), static_cast<GDateMonth>(numbers[1]),
                         static_cast<GDateYear>(year)) == FALSE)
        return std::nullopt;
    char date[48];
    std::snprintf(date, sizeof date, "%04d-%02d-%02d", year, numbers[1], numbers[2]);
    return date;
}

}  // namespace sekimori::admin
