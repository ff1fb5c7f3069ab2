// SPDX-License-Identifier: Apache-2.0
// Log lines to stderr, with the journal's priority prefix (sd-daemon(3)). What the server says is not quoted.
#pragma once

#include <fmt/format.h>
#include <stdio.h>

#include <string>
#include <utility>

namespace sekimori::fleet {

template <class... T>
void log_line(const char* priority, fmt::format_string<T...> format, T&&... args) {
    const std::string line = priority + fmt::format(format, std::forward<T>(args)...) + "\n";
    (void)fwrite(line.data(), 1, line.size(), stderr);
}
template <class... T>
void log_error(fmt::format_string<T...> format, T&&... args) {
    log_line("<3>", format, std::forward<T>(args)...);
}
template <class... T>
void log_info(fmt::format_string<T...> format, T&&... args) {
    log_line("<6>", format, std::forward<T>(args)...);
}

}  // namespace sekimori::fleet
