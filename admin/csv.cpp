// SPDX-License-Identifier: Apache-2.0
#include "admin/csv.hpp"

#include <glib.h>

#include <algorithm>
#include <array>

namespace sekimori::admin {
namespace {

constexpr std::size_t kMaxRecords = 200'000;

// What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection), in Japan also at full width; and our
// own mark of a text, so that it can be taken away again.
constexpr std::array<std::string_view, 12> kFormulas{"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'"};

bool looks_like_formula(std::string_view text) {
    return std::ranges::any_of(kFormulas, [&](std::string_view start) { return text.starts_with(start); });
}

}  // namespace

Outcome<std::string> decode_text(const std::string& bytes) {
    // Neither encoding has zero bytes in a text; UTF-16 has.
    if (bytes.find('\0') != std::string::npos) return refuse("malformed", "The file is neither UTF-8 nor Shift_JIS.");
    if (g_utf8_validate(bytes.data(), static_cast<gssize>(bytes.size()), nullptr) != FALSE)
        return bytes.starts_with("\xEF\xBB\xBF") ? bytes.substr(3) : bytes;
    gsize size = 0;
    gchar* text = g_convert(bytes.data(), static_cast<gssize>(bytes.size()), "UTF-8", "CP932", nullptr, &size, nullptr);
    if (text == nullptr) return refuse("malformed", "The file is neither UTF-8 nor Shift_JIS.");
    std::string utf8(text, size);
    g_free(text);
    return utf8;
}

Outcome<std::vector<Line>> parse_csv(const std::string& utf8) {
    std::vector<Line> records;
    Record record(1);
    std::size_t line = 1;
    std::size_t begun = 1;
    enum class In { plain, quoted, after_quote } in = In::plain;
    const auto end_record = [&] {
        if (record.size() > 1 || !record[0].empty()) records.push_back({begun, std::move(record)});
        record = Record(1);
        in = In::plain;
        begun = line;
    };
    for (std::size_t i = 0; i < utf8.size(); ++i) {
        const char c = utf8[i];
        if (c == '\n') ++line;
        if (in == In::quoted) {
            if (c != '"')
                record.back() += c;
            else if (i + 1 < utf8.size() && utf8[i + 1] == '"')
                record.back() += utf8[++i];
            else
                in = In::after_quote;
        } else if (c == ',') {
            record.emplace_back();
            in = In::plain;
        } else if (c == '\n') {
            if (records.size() == kMaxRecords) return refuse("too_large", "The table has too many lines.");
            end_record();
        } else if (c == '\r') {
            continue;
        } else if (c == '"' && in == In::plain && record.back().empty()) {
            in = In::quoted;
        } else if (c == '"' || in == In::after_quote) {
            return refuse("malformed", "Line " + std::to_string(line) + ": a quote in the wrong place.");
        } else {
            record.back() += c;
        }
    }
    if (in == In::quoted) return refuse("malformed", "The last quote does not end.");
    end_record();
    return records;
}

std::string csv_field(const std::string& text) {
    const bool formula = looks_like_formula(text);
    if (!formula && text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string quoted = formula ? "\"'" : "\"";
    for (const char c : text) {
        if (c == '"') quoted += c;
        quoted += c;
    }
    return quoted + '"';
}

std::string csv_plain(std::string text) {
    if (text.starts_with('\'') && looks_like_formula(std::string_view(text).substr(1))) text.erase(0, 1);
    return text;
}

std::string csv_line(const Record& fields) {
    std::string line;
    for (std::size_t i = 0; i < fields.size(); ++i) line += (i == 0 ? "" : ",") + csv_field(fields[i]);
    return line + "\r\n";
}

}  // namespace sekimori::admin
