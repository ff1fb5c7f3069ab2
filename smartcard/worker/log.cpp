// SPDX-License-Identifier: Apache-2.0
#include "smartcard/worker/log.hpp"

#include <unistd.h>

#include <string>

namespace sekimori::smartcard {

void log_event(std::string_view event, std::initializer_list<LogField> fields) {
    std::string line = "sekimori-card: ";
    line += event;
    for (const auto& [key, value] : fields) {
        line += ' ';
        line += key;
        line += '=';
        for (const char c : value) line += (c >= ' ' && c != '\x7f') || static_cast<unsigned char>(c) >= 0x80 ? c : '?';
    }
    line += '\n';
    (void)!write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace sekimori::smartcard
