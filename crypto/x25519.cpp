// SPDX-License-Identifier: Apache-2.0
#include "crypto/x25519.hpp"

#include "crypto/openssl.hpp"

namespace sekimori::crypto {

Result<BoxKey> BoxKey::generate(Rng& rng) {
    SecureBytes seed(32);
    if (seed.size() != 32) return fail(ErrorCode::internal, "x25519: out of memory");
    if (auto drawn = rng.fill(seed.span()); !drawn) return tl::unexpected<Error>(drawn.error());
    return from_seed(seed.span());
}

Result<BoxKey> BoxKey::from_seed(ByteSpan seed) {
    if (seed.size() != 32) return fail(ErrorCode::invalid_argument, "x25519: a key has 32 bytes");
    BoxKey key;
    key.seed_ = SecureBytes(seed);
    const PkeyHandle handle(EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, seed.data(), seed.size()));
    std::size_t size = key.public_key_.size();
    if (key.seed_.size() != 32 || !handle ||
        EVP_PKEY_get_raw_public_key(handle.get(), key.public_key_.data(), &size) != 1 || size != 32)
        return library_failed("making a key");
    return key;
}

Result<SecureBytes> BoxKey::agree(const BoxPublicKey& other) const {
    const PkeyHandle mine(EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, seed_.data(), seed_.size()));
    const PkeyHandle theirs(EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, other.data(), other.size()));
    const PkeyContext context(mine ? EVP_PKEY_CTX_new(mine.get(), nullptr) : nullptr);
    if (!theirs || !context || EVP_PKEY_derive_init(context.get()) != 1 ||
        EVP_PKEY_derive_set_peer(context.get(), theirs.get()) != 1)
        return library_failed("preparing a key agreement");
    SecureBytes shared(32);
    std::size_t size = shared.size();
    // The library refuses a result of zeros, which a point of small order gives.
    if (size != 32 || EVP_PKEY_derive(context.get(), shared.data(), &size) != 1 || size != 32) {
        ERR_clear_error();
        return fail(ErrorCode::mismatch, "x25519: the other key is none");
    }
    return shared;
}

}  // namespace sekimori::crypto
