// SPDX-License-Identifier: Apache-2.0
#include "crypto/slow_hash.hpp"

#include "crypto/kdf.hpp"

namespace sekimori::crypto {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kSalt = 16;
constexpr std::size_t kSize = 2 + kSalt + kKeySize;
// A file can't make a login ask for a gigabyte.
constexpr std::uint8_t kMostCost = 17;

}  // namespace

Result<std::vector<std::uint8_t>> slow_hash(ByteSpan secret, Rng& rng, std::uint8_t log2_n) {
    std::vector<std::uint8_t> out(2 + kSalt);
    out[0] = kVersion;
    out[1] = log2_n;
    const std::span salt = std::span(out).subspan(2);
    if (auto drawn = rng.fill(salt); !drawn) return tl::unexpected<Error>(drawn.error());
    const auto key = scrypt(secret, salt, {.log2_n = log2_n});
    if (!key) return tl::unexpected<Error>(key.error());
    out.insert(out.end(), key->span().begin(), key->span().end());
    return out;
}

Status SlowHashes::verify(ByteSpan stored, ByteSpan typed) {
    if (stored.size() != kSize || stored[0] != kVersion || stored[1] > kMostCost)
        return fail(ErrorCode::malformed, "a stored secret does not parse");
    if (typed.empty()) return fail(ErrorCode::mismatch, "nothing was typed");
    const auto key = scrypt(typed, stored.subspan(2, kSalt), {.log2_n = stored[1]});
    if (!key) return tl::unexpected<Error>(key.error());
    if (!SecureBytes::equal(key->span(), stored.subspan(2 + kSalt))) return fail(ErrorCode::mismatch, "not the secret");
    return {};
}

}  // namespace sekimori::crypto
