// SPDX-License-Identifier: Apache-2.0
#include "crypto/ed25519.hpp"

#include "crypto/openssl.hpp"

namespace sekimori::crypto {
Result<SigningKey> SigningKey::generate(Rng& rng) {
    SecureBytes seed(32);
    if (seed.size() != 32) return fail(ErrorCode::internal, "ed25519: out of memory");
    if (auto drawn = rng.fill(seed.span()); !drawn) return tl::unexpected<Error>(drawn.error());
    return from_seed(seed.span());
}

Result<SigningKey> SigningKey::from_seed(ByteSpan seed) {
    if (seed.size() != 32) return fail(ErrorCode::invalid_argument, "ed25519: a seed has 32 bytes");
    SigningKey key;
    key.seed_ = SecureBytes(seed);
    const PkeyHandle handle(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
    std::size_t size = key.public_key_.size();
    if (key.seed_.size() != 32 || !handle ||
        EVP_PKEY_get_raw_public_key(handle.get(), key.public_key_.data(), &size) != 1 || size != 32)
        return library_failed("making a signing key");
    return key;
}

Result<Signature> SigningKey::sign(Label label, ByteSpan bytes) const {
    const PkeyHandle handle(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed_.data(), seed_.size()));
    const DigestContext context(EVP_MD_CTX_new());
    const auto message = concat({label.bytes(), bytes});
    Signature out{};
    std::size_t size = out.size();
    if (!handle || !context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, handle.get()) != 1 ||
        EVP_DigestSign(context.get(), out.data(), &size, message.data(), message.size()) != 1 || size != out.size())
        return library_failed("signing");
    return out;
}

Status verify(const PublicKey& key, Label label, ByteSpan bytes, ByteSpan signature) {
    const PkeyHandle handle(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()));
    const DigestContext context(EVP_MD_CTX_new());
    if (!handle || !context || EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, handle.get()) != 1)
        return library_failed("preparing a verification");
    const auto message = concat({label.bytes(), bytes});
    const int verdict =
        EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size());
    ERR_clear_error();
    if (verdict != 1) return fail(ErrorCode::mismatch, "ed25519: the signature is not good");
    return {};
}

}  // namespace sekimori::crypto
