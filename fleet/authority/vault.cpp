// SPDX-License-Identifier: Apache-2.0
#include "fleet/authority/vault.hpp"

#include <algorithm>

#include "crypto/aead.hpp"

namespace sekimori::fleet {
namespace {

// 16 magic · 1 version · 3 cost · 16 salt, then sealed contents with those bytes as associated data.
constexpr std::string_view kMagic{"SEKIMORI VAULT\0\0", 16};
constexpr std::size_t kHeader = 16 + 1 + 3 + 16;
constexpr std::uint8_t kVersion = 1;

Result<SecureBytes> key_of(ByteSpan header, ByteSpan passphrase) {
    const crypto::ScryptCost cost{header[17], header[18], header[19]};
    const auto stretched = crypto::scrypt(passphrase, header.subspan(20, 16), cost);
    if (!stretched) return tl::unexpected<Error>(stretched.error());
    return crypto::hkdf(stretched->span(), "sekimori vault 1");
}

}  // namespace

Group* Vault::group(std::string_view name) {
    const auto at = std::ranges::find(groups, name, &Group::name);
    return at == groups.end() ? nullptr : &*at;
}
Group* Vault::group(const GroupId& id) {
    const auto at = std::ranges::find(groups, id, &Group::id);
    return at == groups.end() ? nullptr : &*at;
}

Status roll(Group& group, Rng& rng) {
    SecureBytes key(crypto::kKeySize);
    if (key.size() != crypto::kKeySize) return fail(ErrorCode::internal, "out of memory");
    if (auto drawn = rng.fill(key.span()); !drawn) return drawn;
    group.keys.push_back({group.keys.empty() ? 1 : group.keys.back().generation + 1, std::move(key)});
    return {};
}

Result<Bytes> seal_secret(ByteSpan plain, ByteSpan passphrase, const crypto::ScryptCost& cost, Rng& rng) {
    std::array<std::uint8_t, 16> salt{};
    if (auto drawn = rng.fill(salt); !drawn) return tl::unexpected<Error>(drawn.error());
    const std::array<std::uint8_t, 4> middle{kVersion, cost.log2_n, cost.r, cost.p};
    Bytes out = crypto::concat({crypto::bytes_of(kMagic), middle, salt});
    const auto key = key_of(out, passphrase);
    if (!key) return tl::unexpected<Error>(key.error());
    const auto sealed = crypto::seal(key->span(), out, plain, rng);
    if (!sealed) return tl::unexpected<Error>(sealed.error());
    out.insert(out.end(), sealed->begin(), sealed->end());
    return out;
}

Result<SecureBytes> open_secret(ByteSpan file, ByteSpan passphrase) {
    if (file.size() < kHeader || !std::equal(kMagic.begin(), kMagic.end(), file.begin()))
        return fail(ErrorCode::malformed, "vault: not one");
    if (file[16] != kVersion) return fail(ErrorCode::unsupported, "vault: of a later version");
    const ByteSpan header = file.first(kHeader);
    const auto key = key_of(header, passphrase);
    if (!key) return tl::unexpected<Error>(key.error());
    auto plain = crypto::open(key->span(), header, file.subspan(kHeader));
    if (!plain) return fail(ErrorCode::refused, "vault: another passphrase, or the file is damaged");
    return plain;
}

Result<Bytes> seal_vault(const Vault& vault, ByteSpan passphrase, const crypto::ScryptCost& cost, Rng& rng) {
    const auto plain = encode_tlv(vault);
    if (!plain) return tl::unexpected<Error>(plain.error());
    return seal_secret(plain->span(), passphrase, cost, rng);
}

Result<Vault> open_vault(ByteSpan file, ByteSpan passphrase) {
    const auto plain = open_secret(file, passphrase);
    if (!plain) return tl::unexpected<Error>(plain.error());
    auto vault = decode_tlv<Vault>(plain->span());
    if (vault && vault->fmt != 1) return fail(ErrorCode::unsupported, "vault: of a later version");
    return vault;
}

}  // namespace sekimori::fleet
