// SPDX-License-Identifier: Apache-2.0
// Log lines to stderr, with the journal's priority prefix (sd-daemon(3)). No secret, template or APDU data is ever an
// argument, and nothing that a server said.
#pragma once

#include <fmt/format.h>
#include <stdio.h>

#include <string>
#include <utility>

namespace sekimori {

inline void log_line(const char* priority, const std::string& text) {
    const std::string line = priority + text + "\n";
    (void)fwrite(line.data(), 1, line.size(), stderr);
}
// Somebody must look at it now: syslog(3) LOG_ALERT.
template <class... T>
void log_alert(fmt::format_string<T...> format, T&&... args) {
    log_line("<1>", fmt::format(format, std::forward<T>(args)...));
}
template <class... T>
void log_error(fmt::format_string<T...> format, T&&... args) {
    log_line("<3>", fmt::format(format, std::forward<T>(args)...));
}
template <class... T>
void log_warning(fmt::format_string<T...> format, T&&... args) {
    log_line("<4>", fmt::format(format, std::forward<T>(args)...));
}
template <class... T>
void log_info(fmt::format_string<T...> format, T&&... args) {
    log_line("<6>", fmt::format(format, std::forward<T>(args)...));
}

}  // namespace sekimori
