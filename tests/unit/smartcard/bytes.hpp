// SPDX-License-Identifier: Apache-2.0
// Hexadecimal for test vectors; blanks are ignored.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sekimori::smartcard::test {

inline std::vector<std::uint8_t> hex(std::string_view text) {
    std::vector<std::uint8_t> bytes;
    int high = -1;
    for (const char c : text) {
        if (c == ' ' || c == '\n') continue;
        const int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
        if (high < 0) {
            high = digit;
        } else {
            bytes.push_back(static_cast<std::uint8_t>(high * 16 + digit));
            high = -1;
        }
    }
    return bytes;
}

// `count` bytes of one value, as text for hex().
inline std::string repeat(std::string_view byte, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += byte;
    return text;
}

}  // namespace sekimori::smartcard::test
