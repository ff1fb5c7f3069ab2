// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

/// The lab's own few words for bytes and outcomes. The lab shares no code with the product on purpose: a software card
/// is a second implementation of the cards' specifications, so that one misreading does not cancel out against itself.
namespace sekimori::lab {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

/// A result, or one English line that says what failed.
template <class T>
using Outcome = tl::expected<T, std::string>;

inline tl::unexpected<std::string> failure(std::string what) { return tl::unexpected<std::string>(std::move(what)); }

inline void append(Bytes& to, ByteView more) { to.insert(to.end(), more.begin(), more.end()); }

inline Bytes to_bytes(ByteView view) { return {view.begin(), view.end()}; }

inline Bytes text_bytes(std::string_view text) { return {text.begin(), text.end()}; }

/// Upper-case hexadecimal without separators.
inline std::string to_hex(ByteView bytes) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const std::uint8_t byte : bytes) {
        out.push_back(digits[byte >> 4U]);
        out.push_back(digits[byte & 0x0FU]);
    }
    return out;
}

/// Hexadecimal of either case; blanks are allowed between digits. Anything else is a failure.
inline Outcome<Bytes> from_hex(std::string_view text) {
    Bytes out;
    int high = -1;
    for (const char c : text) {
        int digit = -1;
        if (c >= '0' && c <= '9') digit = c - '0';
        if (c >= 'a' && c <= 'f') digit = c - 'a' + 10;
        if (c >= 'A' && c <= 'F') digit = c - 'A' + 10;
        if (c == ' ') continue;
        if (digit < 0) return failure("not hexadecimal");
        if (high < 0) {
            high = digit;
        } else {
            out.push_back(static_cast<std::uint8_t>(high * 16 + digit));
            high = -1;
        }
    }
    if (high >= 0) return failure("odd number of hexadecimal digits");
    return out;
}

}  // namespace sekimori::lab
