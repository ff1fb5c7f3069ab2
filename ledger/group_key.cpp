// SPDX-License-Identifier: Apache-2.0
#include "ledger/group_key.hpp"

#include <algorithm>

#include "crypto/aead.hpp"
#include "crypto/kdf.hpp"

namespace sekimori {
namespace {

constexpr crypto::Label kGroupKey("sekimori group key 1");

Bytes associated(const GroupKeyFor& what) {
    std::array<std::uint8_t, 4> generation{};
    for (std::size_t i = 0; i < generation.size(); ++i)
        generation[i] = static_cast<std::uint8_t>(what.generation >> (8 * (generation.size() - 1 - i)));
    return crypto::concat(
        {kGroupKey.bytes(), what.ledger.bytes, what.terminal.bytes, what.group.bytes, ByteSpan(generation)});
}

// Both public keys go into the derivation: the secret belongs to this exchange and no other.
Result<SecureBytes> sealing_key(const crypto::BoxKey& mine, const crypto::BoxPublicKey& other,
                                const crypto::BoxPublicKey& fresh, const crypto::BoxPublicKey& terminal) {
    const auto shared = mine.agree(other);
    if (!shared) return tl::unexpected<Error>(shared.error());
    return crypto::hkdf(shared->span(), kGroupKey, crypto::concat({fresh, terminal}));
}

}  // namespace

Result<Bytes> wrap_group_key(const crypto::BoxPublicKey& terminal, const GroupKeyFor& what, ByteSpan key, Rng& rng) {
    if (key.size() != crypto::kKeySize) return fail(ErrorCode::invalid_argument, "group key: it has 32 bytes");
    const auto fresh = crypto::BoxKey::generate(rng);
    if (!fresh) return tl::unexpected<Error>(fresh.error());
    const auto sealing = sealing_key(*fresh, terminal, fresh->public_key(), terminal);
    if (!sealing) return tl::unexpected<Error>(sealing.error());
    const auto sealed = crypto::seal(sealing->span(), associated(what), key, rng);
    if (!sealed) return tl::unexpected<Error>(sealed.error());
    return crypto::concat({fresh->public_key(), *sealed});
}

Result<SecureBytes> unwrap_group_key(const crypto::BoxKey& terminal, const GroupKeyFor& what, ByteSpan sealed) {
    crypto::BoxPublicKey fresh{};
    if (sealed.size() != fresh.size() + crypto::kSealOverhead + crypto::kKeySize)
        return fail(ErrorCode::malformed, "group key: a wrong size");
    std::ranges::copy(sealed.first(fresh.size()), fresh.begin());
    const auto sealing = sealing_key(terminal, fresh, fresh, terminal.public_key());
    if (!sealing) return tl::unexpected<Error>(sealing.error());
    return crypto::open(sealing->span(), associated(what), sealed.subspan(fresh.size()));
}

}  // namespace sekimori
