// SPDX-License-Identifier: Apache-2.0
#include "daemon/auth/code_text.hpp"

#include <array>
#include <string_view>

namespace sekimori::daemon {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kLength = 12;
constexpr std::size_t kHandle = 4;
constexpr std::size_t kGroup = 4;

std::optional<std::uint8_t> symbol_of(std::uint8_t typed) {
    char c = static_cast<char>(typed);
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c == 'O') c = '0';
    if (c == 'I' || c == 'L') c = '1';
    if (kAlphabet.find(c) == std::string_view::npos) return std::nullopt;
    return static_cast<std::uint8_t>(c);
}

CodeText of(SecureBytes whole) {
    const auto handle = whole.view().substr(0, kHandle);
    return {std::string(handle), std::move(whole)};
}

}  // namespace

SecureBytes CodeText::shown() const {
    SecureBytes text(kLength + kLength / kGroup - 1);
    std::size_t at = 0;
    for (std::size_t i = 0; i < whole.size() && at < text.size(); ++i) {
        if (i != 0 && i % kGroup == 0) text.span()[at++] = '-';
        text.span()[at++] = whole.span()[i];
    }
    return text;
}

std::optional<CodeText> read_code(ByteSpan typed) {
    SecureBytes whole(kLength);
    if (whole.size() != kLength) return std::nullopt;
    std::size_t at = 0;
    for (const std::uint8_t byte : typed) {
        if (byte == ' ' || byte == '-') continue;
        const auto symbol = symbol_of(byte);
        if (!symbol || at == kLength) return std::nullopt;
        whole.span()[at++] = *symbol;
    }
    if (at != kLength) return std::nullopt;
    return of(std::move(whole));
}

Result<CodeText> draw_code(Rng& rng) {
    SecureBytes whole(kLength);
    if (whole.size() != kLength) return fail(ErrorCode::internal, "out of memory");
    if (auto drawn = rng.fill(whole.span()); !drawn) return tl::unexpected<Error>(drawn.error());
    // 32 symbols: the low five bits of a random byte are as even as the byte.
    for (std::uint8_t& byte : whole.span()) byte = static_cast<std::uint8_t>(kAlphabet[byte & 0x1fU]);
    return of(std::move(whole));
}

}  // namespace sekimori::daemon
