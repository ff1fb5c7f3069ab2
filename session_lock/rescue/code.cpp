// SPDX-License-Identifier: Apache-2.0
#include "session_lock/rescue/code.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace sekimori::rescue {
namespace {

constexpr std::string_view kLetters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr unsigned kBase = 32;

std::optional<unsigned> value_of(char c) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c == 'O') c = '0';
    if (c == 'I' || c == 'L') c = '1';
    const std::size_t at = kLetters.find(c);
    if (at == std::string_view::npos) return std::nullopt;
    return static_cast<unsigned>(at);
}

// Luhn's rule, modulo 32: any single letter that is wrong is found, and most neighbours that changed places.
unsigned sum_of(std::span<const std::uint8_t> letters, unsigned factor) {
    unsigned sum = 0;
    for (std::size_t at = letters.size(); at-- > 0; factor = 3 - factor) {
        const unsigned addend = factor * value_of(static_cast<char>(letters[at])).value_or(0);
        sum += addend / kBase + addend % kBase;
    }
    return sum % kBase;
}

}  // namespace

Result<SecureBytes> draw_code(Rng& rng) {
    SecureBytes code(kCodeSize);
    if (code.size() != kCodeSize) return fail(ErrorCode::internal, "out of memory");
    const auto drawn = code.span().first(kCodeSize - 1);
    if (auto filled = rng.fill(drawn); !filled) return tl::unexpected<Error>(filled.error());
    // 32 divides 256: each letter is as likely as any other.
    for (std::uint8_t& byte : drawn) byte = static_cast<std::uint8_t>(kLetters[byte % kBase]);
    code.span()[kCodeSize - 1] = static_cast<std::uint8_t>(kLetters[(kBase - sum_of(drawn, 2)) % kBase]);
    return code;
}

Result<SecureBytes> read_code(std::string_view typed) {
    const auto no = [] { return fail(ErrorCode::malformed, "this is no rescue code: a letter is wrong or missing"); };
    if (typed.size() > kMaxTyped) return no();
    SecureBytes code(kCodeSize);
    if (code.size() != kCodeSize) return fail(ErrorCode::internal, "out of memory");
    std::size_t size = 0;
    for (const char c : typed) {
        if (c == ' ' || c == '-') continue;
        const auto value = value_of(c);
        if (!value || size == kCodeSize) return no();
        code.span()[size++] = static_cast<std::uint8_t>(kLetters[*value]);
    }
    if (size != kCodeSize || sum_of(code.span(), 1) != 0) return no();
    return code;
}

SecureBytes in_groups(const SecureBytes& code) {
    SecureBytes text(code.size() + (code.size() - 1) / kGroup);
    if (text.empty()) return text;
    for (std::size_t from = 0, to = 0; from < code.size(); ++from) {
        if (from != 0 && from % kGroup == 0) text.span()[to++] = '-';
        text.span()[to++] = code.span()[from];
    }
    return text;
}

}  // namespace sekimori::rescue
