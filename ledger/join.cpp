// SPDX-License-Identifier: Apache-2.0
#include "ledger/join.hpp"

#include <algorithm>

namespace sekimori {
namespace {

constexpr std::string_view kPrefix = "SKJ1.";
constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";  // RFC 4648, 5
constexpr std::size_t kMaxText = 12 * 1024;

// 0 to 63, or 64 for what is no digit.
constexpr auto kValues = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(64);
    for (std::size_t i = 0; i < kDigits.size(); ++i)
        values[static_cast<unsigned char>(kDigits[i])] = static_cast<std::uint8_t>(i);
    return values;
}();

bool blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace

Result<SecureBytes> print_token(const JoinToken& token) {
    const auto plain = encode_tlv(token);
    if (!plain) return tl::unexpected<Error>(plain.error());
    SecureBytes text(kPrefix.size() + (plain->size() * 4 + 2) / 3);
    if (text.empty()) return fail(ErrorCode::internal, "join: out of memory");
    std::size_t at = 0;
    for (const char c : kPrefix) text.data()[at++] = static_cast<std::uint8_t>(c);
    std::uint32_t held = 0;
    unsigned bits = 0;
    for (const std::uint8_t byte : plain->span()) {
        held = (held << 8) | byte;
        for (bits += 8; bits >= 6; bits -= 6)
            text.data()[at++] = static_cast<std::uint8_t>(kDigits[(held >> (bits - 6)) & 63]);
    }
    if (bits > 0) text.data()[at++] = static_cast<std::uint8_t>(kDigits[(held << (6 - bits)) & 63]);
    return text;
}

Result<JoinToken> parse_token(std::string_view text) {
    const auto malformed = [] { return fail(ErrorCode::malformed, "join: this is no token, or not the whole of it"); };
    if (text.size() > kMaxText) return malformed();
    while (!text.empty() && blank(text.front())) text.remove_prefix(1);
    if (!text.starts_with(kPrefix)) return malformed();
    text.remove_prefix(kPrefix.size());
    SecureBytes plain(text.size());  // more than enough
    std::size_t size = 0;
    std::uint32_t held = 0;
    unsigned bits = 0;
    for (const char c : text) {
        if (blank(c)) continue;
        const std::uint8_t value = kValues[static_cast<unsigned char>(c)];
        if (value == 64 || plain.empty()) return malformed();
        held = (held << 6) | value;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            plain.data()[size++] = static_cast<std::uint8_t>(held >> bits);
        }
    }
    if (bits >= 6) return malformed();
    plain.truncate(size);
    auto token = decode_tlv<JoinToken>(plain.span());
    if (!token) return malformed();
    if (token->fmt != kRecordFormat) return fail(ErrorCode::unsupported, "join: the token is of a later version");
    if (token->secret.size() != kTokenSecret || !is_author_key(token->author) || token->server.empty())
        return malformed();
    return token;
}

Result<crypto::Hash> join_mac(ByteSpan secret, crypto::Label label, ByteSpan bytes) {
    if (secret.size() != kTokenSecret) return fail(ErrorCode::invalid_argument, "join: no secret");
    const auto key = crypto::hkdf(secret, label);
    if (!key) return tl::unexpected<Error>(key.error());
    return crypto::hmac(key->span(), bytes);
}

}  // namespace sekimori
