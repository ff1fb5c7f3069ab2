// SPDX-License-Identifier: Apache-2.0
#include "crypto/aead.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "crypto/kdf.hpp"
#include "crypto/openssl.hpp"

namespace sekimori::crypto {
namespace {

constexpr std::size_t kNonce = 12;
constexpr std::size_t kTag = 16;
constexpr std::size_t kMost = std::numeric_limits<int>::max() / 2;

Status usable(ByteSpan key, ByteSpan ad, ByteSpan bytes) {
    if (key.size() != kKeySize) return fail(ErrorCode::invalid_argument, "aead: the key has a wrong size");
    if (ad.size() > kMost || bytes.size() > kMost) return fail(ErrorCode::too_large, "aead: too large");
    return {};
}

}  // namespace

Result<std::vector<std::uint8_t>> seal(ByteSpan key, ByteSpan ad, ByteSpan plain, Rng& rng) {
    if (auto status = usable(key, ad, plain); !status) return tl::unexpected<Error>(status.error());
    std::vector<std::uint8_t> out(kNonce + plain.size() + kTag);
    if (auto drawn = rng.fill(std::span(out).first(kNonce)); !drawn) return tl::unexpected<Error>(drawn.error());
    const CipherContext context(EVP_CIPHER_CTX_new());
    int size = 0;
    const bool good =
        context && EVP_EncryptInit_ex2(context.get(), EVP_aes_256_gcm(), key.data(), out.data(), nullptr) == 1 &&
        EVP_EncryptUpdate(context.get(), nullptr, &size, ad.data(), static_cast<int>(ad.size())) == 1 &&
        EVP_EncryptUpdate(context.get(), out.data() + kNonce, &size, plain.data(), static_cast<int>(plain.size())) ==
            1 &&
        EVP_EncryptFinal_ex(context.get(), out.data() + kNonce + plain.size(), &size) == 1 &&
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTag, out.data() + kNonce + plain.size()) == 1;
    if (!good) return library_failed("encryption");
    return out;
}

Result<SecureBytes> open(ByteSpan key, ByteSpan ad, ByteSpan sealed) {
    if (auto status = usable(key, ad, sealed); !status) return tl::unexpected<Error>(status.error());
    if (sealed.size() < kSealOverhead) return fail(ErrorCode::mismatch, "aead: too short to be a sealed value");
    const ByteSpan nonce = sealed.first(kNonce);
    const ByteSpan body = sealed.subspan(kNonce, sealed.size() - kSealOverhead);
    std::array<std::uint8_t, kTag> tag{};
    std::copy(sealed.end() - kTag, sealed.end(), tag.begin());
    SecureBytes out(body.size());
    if (out.size() != body.size()) return fail(ErrorCode::internal, "aead: out of memory");
    const CipherContext context(EVP_CIPHER_CTX_new());
    int size = 0;
    const bool ready =
        context && EVP_DecryptInit_ex2(context.get(), EVP_aes_256_gcm(), key.data(), nonce.data(), nullptr) == 1 &&
        EVP_DecryptUpdate(context.get(), nullptr, &size, ad.data(), static_cast<int>(ad.size())) == 1 &&
        // GCM takes a null output for associated data: an empty plaintext must not look like it.
        (body.empty() ||
         EVP_DecryptUpdate(context.get(), out.data(), &size, body.data(), static_cast<int>(body.size())) == 1) &&
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTag, tag.data()) == 1;
    if (!ready) return library_failed("decryption");
    std::uint8_t end = 0;  // GCM writes nothing here
    if (EVP_DecryptFinal_ex(context.get(), &end, &size) != 1) {
        ERR_clear_error();
        return fail(ErrorCode::mismatch, "aead: the sealed value is not authentic");
    }
    return out;
}

}  // namespace sekimori::crypto
