// SPDX-License-Identifier: Apache-2.0
#include "pam_module/offline.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <optional>

#include "pam_module/deadline.hpp"

namespace sekimori::pam {
namespace {

constexpr std::size_t kMaxList = 16 * 1024;
constexpr std::string_view kBlanks = " \t";

bool is_roots(const struct stat& info) { return info.st_uid == 0 && (info.st_mode & (S_IWGRP | S_IWOTH)) == 0; }

std::optional<std::string> read_roots_file(const std::string& path) {
    const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct stat info {};
    if (!file || fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode) || !is_roots(info)) return std::nullopt;
    std::array<char, kMaxList + 1> buffer{};
    std::size_t size = 0;
    while (size < buffer.size()) {
        const ssize_t got = read(file.get(), buffer.data() + size, buffer.size() - size);
        if (got < 0) return std::nullopt;
        if (got == 0) return std::string(buffer.data(), size);
        size += static_cast<std::size_t>(got);
    }
    return std::nullopt;
}

std::string_view next_word(std::string_view& line) {
    line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
    const std::string_view word = line.substr(0, line.find_first_of(kBlanks));
    line.remove_prefix(word.size());
    return word;
}

}  // namespace

bool is_roots_directory(const std::string& path) {
    struct stat info {};
    return lstat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode) && is_roots(info);
}

bool lists(std::string_view text, std::string_view service, std::string_view account) {
    if (service.empty() || account.empty()) return false;
    bool found = false;
    while (!text.empty()) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        line = line.substr(0, line.find('#'));
        const std::string_view first = next_word(line);
        if (first.empty()) continue;
        const std::string_view second = next_word(line);
        if (second.empty() || !next_word(line).empty()) return false;
        if (first == service && second == account) found = true;
    }
    return found;
}

bool allowed_offline(std::string_view service, std::string_view account) {
    if (getuid() != 0 || geteuid() != 0) return false;
    const std::string path = limits().offline_list;
    if (!is_roots_directory(path.substr(0, path.rfind('/')))) return false;
    const auto text = read_roots_file(path);
    return text && lists(*text, service, account);
}

}  // namespace sekimori::pam
