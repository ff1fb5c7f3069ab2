// SPDX-License-Identifier: Apache-2.0
#include "admin/csv.hpp"

#include <glib.h>

namespace sekimori::admin {

Outcome<std::string> decode_text(const std::string& bytes) {
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
    // What a spreadsheet would take for a formula is a text (OWASP, CSV injection).
    const bool formula = !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
    if (!formula && text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string quoted = formula ? "\"'" : "\"";
    for (const char c : text) {
        if (c == '"') quoted += c;
        quoted += c;
    }
    return quoted + '"';
}

std::string csv_line(const Record& fields) {
    std::string line;
    for (std::size_t i = 0; i < fields.size(); ++i) line += (i == 0 ? "" : ",") + csv_field(fields[i]);
    return line + "\r\n";
}

}  // namespace sekimori::admin
