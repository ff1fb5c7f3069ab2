// SPDX-License-Identifier: Apache-2.0
// SHA-256 and SHA-384 (FIPS 180-4). They fail only where memory ends, and then the process does.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "core/ids.hpp"

namespace sekimori::crypto {

using Hash = std::array<std::uint8_t, 32>;
using Hash384 = std::array<std::uint8_t, 48>;

// Of the parts one after the other, with nothing between them.
[[nodiscard]] Hash sha256(std::initializer_list<ByteSpan> parts) noexcept;
[[nodiscard]] Hash384 sha384(std::initializer_list<ByteSpan> parts) noexcept;

[[nodiscard]] std::vector<std::uint8_t> concat(std::initializer_list<ByteSpan> parts);

// The bytes of a text, its end not included.
[[nodiscard]] inline ByteSpan bytes_of(std::string_view text) noexcept {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// A label that keeps one use of a key or hash apart from every other: its text and one zero byte.
class Label {
  public:
    template <std::size_t N>
    // NOLINTNEXTLINE(google-explicit-constructor): a literal is what a label is
    consteval Label(const char (&text)[N]) : text_(text, N) {}
    [[nodiscard]] ByteSpan bytes() const noexcept { return bytes_of(text_); }

  private:
    std::string_view text_;  // the terminating zero included
};

}  // namespace sekimori::crypto
