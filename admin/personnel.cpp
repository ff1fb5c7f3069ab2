// SPDX-License-Identifier: Apache-2.0
#include "admin/personnel.hpp"

#include <glib.h>

#include <algorithm>
#include <array>

#include "admin/times.hpp"

namespace sekimori::admin {
namespace {

struct Column {
    const char* name;
    std::array<const char*, 8> headings;  // besides its name; normalized
};
constexpr std::array<Column, 11> kColumns{
    {{"staff_number", {"職員番号", "職員コード", "社員番号", "staff number", "employee number", "employee id"}},
     {"login", {"ログイン名", "ログインid", "ユーザー名", "ユーザid", "ユーザーid", "login name", "user name"}},
     {"name", {"氏名", "職員名", "漢字氏名", "full name"}},
     {"kana", {"カナ", "カナ氏名", "氏名カナ", "フリガナ", "ふりがな"}},
     {"section", {"所属", "所属名", "課", "課名", "部署", "所属部署", "department"}},
     {"employment", {"任用区分", "雇用区分", "職員区分", "雇用形態", "employment kind"}},
     {"accounts", {"アカウント", "osアカウント", "account"}},
     {"from", {"発令日", "異動日", "適用日", "適用開始日", "effective date"}},
     {"until", {"退職日", "離職日", "退職年月日", "任期満了日", "leaving date"}},
     {"min_fingers", {"指の数"}},
     {"reason", {"理由"}}}};

tl::unexpected<Failure> bad(std::size_t line, const std::string& what) {
    return refuse("malformed", "Line " + std::to_string(line) + ": " + what);
}

std::string trimmed(const std::string& text) {
    const auto from = text.find_first_not_of(" \t\r\n");
    if (from == std::string::npos) return {};
    return text.substr(from, text.find_last_not_of(" \t\r\n") - from + 1);
}

std::string lower(std::string text) {
    for (char& c : text) c = static_cast<char>(g_ascii_tolower(c));
    return text;
}

const char* column_of(const std::string& heading, const ColumnMap& columns) {
    const std::string wanted = lower(normalized(heading));
    const auto mapped = columns.find(wanted);
    const std::string& name = mapped == columns.end() ? wanted : mapped->second;
    for (const Column& column : kColumns) {
        if (name == column.name) return column.name;
        for (const char* other : column.headings)
            if (other != nullptr && name == other) return column.name;
    }
    return nullptr;
}

std::vector<std::string> words_of(const std::string& text) {
    std::vector<std::string> words(1);
    for (const char c : text) {
        if (c != ' ' && c != ';' && c != ',')
            words.back() += c;
        else if (!words.back().empty())
            words.emplace_back();
    }
    if (words.back().empty()) words.pop_back();
    return words;
}

using Fields = std::map<std::string, std::string>;

// The day's beginning in Japan; of a last day the beginning of the next.
Outcome<std::optional<std::string>> time_of(const Fields& fields, const char* column, DayEdge edge, std::size_t line) {
    const auto field = fields.find(column);
    if (field == fields.end() || normalized(field->second).empty()) return std::optional<std::string>();
    const auto date = date_of(field->second);
    const auto time = date ? to_utc(*date, edge) : std::nullopt;
    if (!time) return bad(line, "this is no date: " + field->second);
    return time;
}

Outcome<Json> row_from(const Fields& fields, std::size_t line) {
    for (const auto& [column, text] : fields)
        if (std::any_of(text.begin(), text.end(), [](char c) { return g_ascii_iscntrl(c) && c != '\t'; }))
            return bad(line, std::string("a line break or control character in ") + column + ".");
    const auto get = [&](const char* column) {
        const auto found = fields.find(column);
        return found == fields.end() ? std::string() : found->second;
    };
    Json row{{"line", line}, {"name", spaced(get("name"))}};
    if (row["name"].get_ref<const std::string&>().empty()) return bad(line, "a name is needed.");
    for (const char* column : {"staff_number", "login", "kana"})
        if (const std::string text = normalized(get(column)); !text.empty()) row[column] = text;
    for (const char* column : {"section", "employment", "reason"})
        if (const std::string text = spaced(get(column)); !text.empty()) row[column] = text;
    if (!row.contains("login") && !row.contains("staff_number"))
        return bad(line, "a login or a staff number is needed.");
    if (const auto accounts = words_of(normalized(get("accounts"))); !accounts.empty()) row["accounts"] = accounts;
    const std::string fingers = normalized(get("min_fingers"));
    if (!fingers.empty() && (fingers.size() != 1 || fingers[0] < '1' || fingers[0] > '9'))
        return bad(line, "the number of fingers is 1 to 9.");
    if (fingers == "1" && !row.contains("reason")) return bad(line, "fewer than two fingers need a reason.");
    if (!fingers.empty() && fingers != "2") row["min_fingers"] = fingers[0] - '0';
    const auto from = time_of(fields, "from", DayEdge::start, line);
    if (!from) return tl::unexpected<Failure>(from.error());
    if (*from) row["from"] = **from;
    const auto until = time_of(fields, "until", DayEdge::end, line);
    if (!until) return tl::unexpected<Failure>(until.error());
    if (*until) row["leaves_at"] = **until;
    return row;
}

}  // namespace

std::string normalized(const std::string& text) {
    gchar* raw = g_utf8_normalize(text.c_str(), static_cast<gssize>(text.size()), G_NORMALIZE_NFKC);
    if (raw == nullptr) return {};
    std::string whole(raw);
    g_free(raw);
    return trimmed(whole);
}

std::string spaced(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool wide = text.compare(i, 3, "　") == 0;
        if (wide || text[i] == ' ' || text[i] == '\t') {
            if (!out.empty() && out.back() != ' ') out += ' ';
            if (wide) i += 2;
        } else {
            out += text[i];
        }
    }
    return trimmed(out);
}

Outcome<ColumnMap> parse_columns(const std::string& utf8) {
    ColumnMap columns;
    std::size_t number = 0;
    for (std::size_t from = 0; from < utf8.size();) {
        const std::size_t end = std::min(utf8.find('\n', from), utf8.size());
        std::string line = normalized(utf8.substr(from, end - from));
        from = end + 1;
        ++number;
        if (line.empty() || line[0] == '#') continue;
        const std::size_t equals = line.find('=');
        if (equals == std::string::npos) return bad(number, "\"heading = column\" is needed.");
        const std::string column = trimmed(line.substr(equals + 1));
        if (std::none_of(kColumns.begin(), kColumns.end(), [&](const Column& one) { return column == one.name; }))
            return bad(number, "no column is called \"" + column + "\".");
        columns[lower(trimmed(line.substr(0, equals)))] = column;
    }
    return columns;
}

Outcome<Personnel> personnel_from(const std::vector<Line>& lines, const ColumnMap& columns) {
    if (lines.size() < 2) return refuse("malformed", "The file names no person.");
    Personnel personnel;
    std::vector<const char*> heads;
    for (const std::string& heading : lines[0].fields) {
        const char* column = column_of(heading, columns);
        if (column == nullptr) personnel.ignored.push_back(normalized(heading));
        if (column != nullptr && std::find(heads.begin(), heads.end(), column) != heads.end())
            return bad(lines[0].number, std::string("two columns are ") + column + ".");
        heads.push_back(column);
    }
    const auto has = [&](std::string_view name) {
        return std::any_of(heads.begin(), heads.end(),
                           [&](const char* head) { return head != nullptr && head == name; });
    };
    if (!has("name") || (!has("login") && !has("staff_number")))
        return refuse("malformed", "The table needs columns for the name and for the login or staff number.",
                      "If their headings are others, give --columns FILE with lines \"heading = column\".");
    for (std::size_t i = 1; i < lines.size(); ++i) {
        if (lines[i].fields.size() != heads.size()) return bad(lines[i].number, "not as many fields as columns.");
        Fields fields;
        for (std::size_t k = 0; k < heads.size(); ++k)
            if (heads[k] != nullptr) fields[heads[k]] = lines[i].fields[k];
        auto row = row_from(fields, lines[i].number);
        if (!row) return tl::unexpected<Failure>(row.error());
        personnel.rows.push_back(std::move(*row));
    }
    return personnel;
}

}  // namespace sekimori::admin
