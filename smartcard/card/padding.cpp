// SPDX-License-Identifier: Apache-2.0
#include "smartcard/card/padding.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>

namespace sekimori::smartcard {
namespace {

// RFC 8017, 9.2, note 1: SHA-256.
constexpr std::array<std::uint8_t, 19> kSha256Prefix{0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                                     0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};

}  // namespace

CardResult<std::array<std::uint8_t, kSha256Size>> sha256(ByteSpan bytes) {
    std::array<std::uint8_t, kSha256Size> digest{};
    unsigned size = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1 ||
        size != digest.size())
        return failure(CardFault::internal);
    return digest;
}

std::array<std::uint8_t, 51> digest_info(Digest256 digest) {
    std::array<std::uint8_t, 51> info{};
    std::ranges::copy(kSha256Prefix, info.begin());
    std::ranges::copy(digest, info.begin() + kSha256Prefix.size());
    return info;
}

// RFC 8017, 9.2: 00 01 FF... 00 DigestInfo.
RsaBlock pad_pkcs1(Digest256 digest) {
    const auto info = digest_info(digest);
    RsaBlock block{};
    block.fill(0xff);
    block[0] = 0x00;
    block[1] = 0x01;
    block[block.size() - info.size() - 1] = 0x00;
    std::ranges::copy(info, block.end() - info.size());
    return block;
}

// RFC 8017, 9.1.1, with SHA-256 and MGF1-SHA-256; emBits = 2047, so the top bit of the first byte is cleared.
CardResult<RsaBlock> pad_pss(Digest256 digest, std::span<const std::uint8_t, kPssSalt> salt) {
    constexpr std::size_t kMasked = kRsa2048Size - kSha256Size - 1;
    std::array<std::uint8_t, 8 + kSha256Size + kPssSalt> message{};
    std::ranges::copy(digest, message.begin() + 8);
    std::ranges::copy(salt, message.begin() + 8 + kSha256Size);
    const auto hash = sha256(message);
    if (!hash) return tl::unexpected<Failure>(hash.error());

    RsaBlock block{};
    block[kMasked - kPssSalt - 1] = 0x01;
    std::ranges::copy(salt, block.begin() + (kMasked - kPssSalt));
    std::array<std::uint8_t, kSha256Size + 4> seed{};
    std::ranges::copy(*hash, seed.begin());
    for (std::size_t at = 0; at < kMasked; at += kSha256Size) {
        const auto mask = sha256(seed);
        if (!mask) return tl::unexpected<Failure>(mask.error());
        for (std::size_t i = 0; i < kSha256Size && at + i < kMasked; ++i) block[at + i] ^= (*mask)[i];
        ++seed.back();
    }
    block[0] &= 0x7f;
    std::ranges::copy(*hash, block.begin() + kMasked);
    block.back() = 0xbc;
    return block;
}

CardResult<RsaBlock> pad_pss(Digest256 digest) {
    std::array<std::uint8_t, kPssSalt> salt{};
    if (RAND_bytes(salt.data(), static_cast<int>(salt.size())) != 1) return failure(CardFault::internal);
    return pad_pss(digest, salt);
}

}  // namespace sekimori::smartcard
