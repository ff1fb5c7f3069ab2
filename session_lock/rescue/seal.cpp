// SPDX-License-Identifier: Apache-2.0
#include "session_lock/rescue/seal.hpp"

#include "crypto/kdf.hpp"

namespace sekimori::rescue {
namespace {

constexpr crypto::Label kLabel("sekimori rescue code");
constexpr std::string_view kFirst = "sekimori-rescue 1\n";
// 95 random bits need no stretching: it is as cheap as it may be, for a machine that is short of memory is one of those
// that have to be rescued.
constexpr crypto::ScryptCost kCost{14, 8, 1};

Result<crypto::Hash> hash_of(const SecureBytes& code, ByteSpan salt) {
    const auto key = crypto::scrypt(code.span(), salt, kCost);
    if (!key) return tl::unexpected<Error>(key.error());
    return crypto::hmac(key->span(), kLabel.bytes());
}

}  // namespace

Result<Seal> seal(const SecureBytes& code, Rng& rng) {
    Seal made;
    if (auto filled = rng.fill(made.salt); !filled) return tl::unexpected<Error>(filled.error());
    const auto hash = hash_of(code, made.salt);
    if (!hash) return tl::unexpected<Error>(hash.error());
    made.hash = *hash;
    return made;
}

Status open_seal(const Seal& seal, const SecureBytes& code) {
    const auto hash = hash_of(code, seal.salt);
    if (!hash) return tl::unexpected<Error>(hash.error());
    if (!SecureBytes::equal(*hash, seal.hash)) return fail(ErrorCode::mismatch, "this is not the rescue code");
    return {};
}

std::string write_seal(const Seal& seal) {
    return std::string(kFirst) + to_hex(seal.salt) + "\n" + to_hex(seal.hash) + "\n";
}

Result<Seal> read_seal(std::string_view text) {
    if (!text.starts_with(kFirst))
        return fail(text.starts_with("sekimori-rescue ") ? ErrorCode::unsupported : ErrorCode::corrupt,
                    "the rescue code's file is of another version, or none");
    text.remove_prefix(kFirst.size());
    constexpr std::size_t kSalt = 2 * kSaltSize, kHash = 2 * std::tuple_size_v<crypto::Hash>;
    const auto broken = [] { return fail(ErrorCode::corrupt, "the rescue code's file is damaged"); };
    if (text.size() != kSalt + 1 + kHash + 1 || text[kSalt] != '\n' || text.back() != '\n') return broken();
    const auto salt = from_hex<kSaltSize>(text.substr(0, kSalt));
    const auto hash = from_hex<std::tuple_size_v<crypto::Hash>>(text.substr(kSalt + 1, kHash));
    if (!salt || !hash) return broken();
    return Seal{*salt, *hash};
}

}  // namespace sekimori::rescue
