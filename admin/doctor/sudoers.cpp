// SPDX-License-Identifier: Apache-2.0
#include "admin/doctor/sudoers.hpp"

#include <algorithm>
#include <optional>

namespace sekimori::doctor {
namespace {

using Kind = SudoFinding::Kind;

constexpr std::string_view kBlank = " \t";

std::string_view trimmed(std::string_view text) noexcept {
    text.remove_prefix(std::min(text.size(), text.find_first_not_of(kBlank)));
    return text.substr(0, text.find_last_not_of(kBlank) + 1);  // npos + 1 is 0
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// A remark begins at a '#' that is neither quoted nor the start of a uid; "#include" is no remark either.
std::size_t remark_of(std::string_view line) noexcept {
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '\\') {
            ++i;
        } else if (line[i] == '"') {
            quoted = !quoted;
        } else if (line[i] == '#' && !quoted) {
            const bool uid = i + 1 < line.size() && (is_digit(line[i + 1]) || line[i + 1] == '-');
            const bool include = trimmed(line.substr(0, i)).empty() && line.substr(i).starts_with("#include");
            if (!uid && !include) return i;
        }
    }
    return line.size();
}

// The parts between separators that are not quoted.
std::vector<std::string> parts_of(std::string_view text, char separator) {
    std::vector<std::string> parts(1);
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') quoted = !quoted;
        if (text[i] == separator && !quoted) {
            parts.emplace_back();
            continue;
        }
        parts.back() += text[i];
        if (text[i] == '\\' && i + 1 < text.size()) parts.back() += text[++i];
    }
    return parts;
}

std::string unquoted(std::string_view value) {
    value = trimmed(value);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    return std::string(value);
}

std::optional<SudoFinding> setting(std::string_view written) {
    const std::string_view all = trimmed(written);
    const std::size_t equals = all.find('=');
    std::string_view name = trimmed(all.substr(0, equals));
    const std::string value = equals == std::string_view::npos ? std::string() : unquoted(all.substr(equals + 1));
    const bool negated = name.starts_with('!') && name.find_first_not_of('!') % 2 == 1;
    name.remove_prefix(std::min(name.size(), name.find_first_not_of("! \t")));
    if (name == "authenticate" && negated) return SudoFinding{Kind::no_authentication, std::string(all)};
    if (name == "pam_acct_mgmt" && negated) return SudoFinding{Kind::no_account, std::string(all)};
    if (name == "exempt_group" && !negated && !value.empty()) return SudoFinding{Kind::exempt_group, value};
    if ((name == "pam_service" || name == "pam_login_service" || name == "pam_askpass_service") && !value.empty())
        return SudoFinding{Kind::other_service, std::string(all)};
    if (name == "timestamp_timeout") return SudoFinding{Kind::ticket, negated ? "0" : value};
    return std::nullopt;
}

std::optional<SudoFinding> include_of(std::string_view line) {
    const std::size_t space = line.find_first_of(kBlank);
    if (space == std::string_view::npos) return std::nullopt;
    const std::string_view word = line.substr(0, space);
    const std::string path = unquoted(line.substr(space));
    if (word == "@include" || word == "#include") return SudoFinding{Kind::include, path};
    if (word == "@includedir" || word == "#includedir") return SudoFinding{Kind::include_directory, path};
    return std::nullopt;
}

bool has_tag(std::string_view line, std::string_view tag) {
    for (std::size_t at = line.find(tag); at != std::string_view::npos; at = line.find(tag, at + 1)) {
        const std::string_view behind = trimmed(line.substr(at + tag.size()));
        const bool word = at == 0 || std::string_view(" \t,:=)").find(line[at - 1]) != std::string_view::npos;
        if (word && behind.starts_with(':')) return true;
    }
    return false;
}

}  // namespace

std::vector<SudoLine> sudo_lines(std::string_view text) {
    std::vector<SudoLine> lines;
    std::size_t number = 0;
    bool joins = false;
    while (!text.empty()) {
        const std::size_t size = std::min(text.size(), text.find('\n'));
        const std::string_view raw = text.substr(0, size);
        text.remove_prefix(std::min(text.size(), size + 1));
        ++number;
        const std::size_t remark = remark_of(raw);
        std::string_view line = raw.substr(0, remark);
        const bool goes_on = remark == raw.size() && line.ends_with('\\');
        if (goes_on) line.remove_suffix(1);
        if (joins)
            lines.back().text += line;
        else
            lines.push_back({number, std::string(line)});
        joins = goes_on;
    }
    for (SudoLine& line : lines) line.text = trimmed(line.text);
    lines.erase(std::remove_if(lines.begin(), lines.end(), [](const SudoLine& line) { return line.text.empty(); }),
                lines.end());
    return lines;
}

std::vector<SudoFinding> findings_in(std::string_view line) {
    line = trimmed(line);
    std::vector<SudoFinding> findings;
    if (auto include = include_of(line)) return {std::move(*include)};
    if (line.starts_with("Defaults")) {
        const std::size_t settings = std::min(line.size(), line.find_first_of(kBlank));
        for (const std::string& part : parts_of(line.substr(settings), ','))
            if (auto finding = setting(part)) findings.push_back(std::move(*finding));
        return findings;
    }
    const std::string_view who = line.substr(0, line.find_first_of(kBlank));
    if (who != "root" && has_tag(line, "NOPASSWD")) findings.push_back({Kind::no_password, std::string(line)});
    return findings;
}

}  // namespace sekimori::doctor
