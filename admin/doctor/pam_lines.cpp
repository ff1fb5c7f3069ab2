// SPDX-License-Identifier: Apache-2.0
#include "admin/doctor/pam_lines.hpp"

#include <algorithm>

namespace sekimori::doctor {
namespace {

constexpr std::size_t kBuffer = 1024;
constexpr std::string_view kBlank = " \n\t";

}  // namespace

// fgets: at most `room` - 1 bytes, through the end of the line; what stands behind a NUL is not seen.
std::optional<std::string> PamLines::piece(std::size_t room) {
    if (text_.empty()) return std::nullopt;
    const std::size_t newline = text_.find('\n');
    const std::size_t size = std::min({room - 1, newline == std::string_view::npos ? text_.size() : newline + 1});
    std::string piece(text_.substr(0, size));
    text_.remove_prefix(size);
    if (!in_line_) ++lines_;
    in_line_ = !piece.ends_with('\n');
    piece.resize(std::min(piece.size(), piece.find('\0')));
    return piece;
}

std::optional<std::string> PamLines::next() {
    if (end_ != End::none) return std::nullopt;
    std::string line;
    bool used = false;
    for (;;) {
        // At exactly one byte of room left libpam reads nothing for ever; both are the end of this file.
        if (line.size() + 1 >= kBuffer) break;
        auto read = piece(kBuffer - line.size());
        if (!read) {
            end_ = used ? End::broken : End::file;
            return std::nullopt;
        }
        const std::size_t start = read->find_first_not_of(kBlank);
        if (start == std::string::npos || (*read)[start] == '#') continue;
        if (!used) number_ = lines_;
        used = true;
        if (const std::size_t comment = read->find('#', start); comment != std::string::npos)
            return line + read->substr(0, comment);
        const std::size_t last = read->find_last_not_of(kBlank);
        if ((*read)[last] != '\\') return line + *read;
        line += read->substr(0, last) + ' ';
    }
    end_ = End::broken;
    return std::nullopt;
}

std::optional<std::string> PamWords::next() {
    rest_.remove_prefix(std::min(rest_.size(), rest_.find_first_not_of(kBlank)));
    if (rest_.empty()) return std::nullopt;
    std::string word;
    std::size_t at = 0;
    if (rest_.front() == '[') {
        for (at = 1; at < rest_.size() && rest_[at] != ']'; ++at) {
            if (rest_[at] == '\\' && at + 1 < rest_.size() && rest_[at + 1] == ']') ++at;
            word += rest_[at];
        }
    } else {
        at = std::min(rest_.size(), rest_.find_first_of(kBlank));
        word = rest_.substr(0, at);
    }
    rest_.remove_prefix(std::min(rest_.size(), at + 1));
    return word;
}

}  // namespace sekimori::doctor
