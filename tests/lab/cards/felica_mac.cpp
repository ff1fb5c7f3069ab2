// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/cards/felica_mac.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>

namespace sekimori::lab {
namespace {

struct FreeContext {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

// `in` is a whole number of 8-byte blocks; an empty result means that OpenSSL refused.
Bytes encrypt(const EVP_CIPHER* cipher, const std::uint8_t* key, const std::uint8_t* iv, ByteView in) {
    const std::unique_ptr<EVP_CIPHER_CTX, FreeContext> context(EVP_CIPHER_CTX_new());
    Bytes out(in.size() + 8);
    int size = 0;
    if (!context || EVP_EncryptInit_ex(context.get(), cipher, nullptr, key, iv) != 1 ||
        EVP_CIPHER_CTX_set_padding(context.get(), 0) != 1 ||
        EVP_EncryptUpdate(context.get(), out.data(), &size, in.data(), static_cast<int>(in.size())) != 1)
        return {};
    out.resize(static_cast<std::size_t>(size));
    return out;
}

Chunk8 reversed(ByteView eight) {
    Chunk8 out{};
    std::reverse_copy(eight.begin(), eight.begin() + 8, out.begin());
    return out;
}

// Both halves of a 16-byte block, each reversed.
Block16 halves_reversed(ByteView sixteen) {
    Block16 out{};
    std::reverse_copy(sixteen.begin(), sixteen.begin() + 8, out.begin());
    std::reverse_copy(sixteen.begin() + 8, sixteen.begin() + 16, out.begin() + 8);
    return out;
}

Chunk8 mac(const Chunk8& key_left, const Chunk8& key_right, const Chunk8& iv, ByteView chunks) {
    Bytes key = to_bytes(key_left);
    append(key, key_right);
    Bytes in;
    for (std::size_t at = 0; at + 8 <= chunks.size(); at += 8) append(in, reversed(chunks.subspan(at, 8)));
    const Bytes out = encrypt(EVP_des_ede_cbc(), key.data(), iv.data(), in);
    return out.size() < 8 ? Chunk8{} : reversed(ByteView(out).last(8));
}

Chunk8 ecb(const std::array<std::uint8_t, 24>& key, const Chunk8& in) {
    const Bytes out = encrypt(EVP_des_ede3_ecb(), key.data(), nullptr, in);
    Chunk8 block{};
    if (out.size() == 8) std::copy(out.begin(), out.end(), block.begin());
    return block;
}

Chunk8 operator^(const Chunk8& a, const Chunk8& b) {
    Chunk8 out{};
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = a[i] ^ b[i];
    return out;
}

// Doubling in GF(2^64), as CMAC makes its subkeys (NIST SP 800-38B).
Chunk8 doubled(const Chunk8& in) {
    Chunk8 out{};
    for (std::size_t i = 0; i < out.size(); ++i) {
        const int carry = i + 1 < in.size() ? in[i + 1] >> 7U : 0;
        out[i] = static_cast<std::uint8_t>(in[i] << 1U | carry);
    }
    if ((in[0] & 0x80U) != 0) out[7] ^= 0x1BU;
    return out;
}

}  // namespace

FelicaSession felica_session(const Block16& card_key, const Block16& challenge) {
    const Block16 key = halves_reversed(card_key);
    const Block16 in = halves_reversed(challenge);
    const Chunk8 zero{};
    const Bytes out = encrypt(EVP_des_ede_cbc(), key.data(), zero.data(), in);
    FelicaSession session;
    if (out.size() == 16) {
        std::copy_n(out.begin(), 8, session.sk1.begin());
        std::copy_n(out.begin() + 8, 8, session.sk2.begin());
    }
    std::copy_n(in.begin(), 8, session.iv.begin());
    return session;
}

Chunk8 mac_a_read(const FelicaSession& session, const std::vector<std::uint8_t>& blocks, ByteView data) {
    Bytes chunks(8, 0xFF);
    for (std::size_t i = 0; i < blocks.size() && i < 4; ++i) {
        chunks[2 * i] = blocks[i];
        chunks[2 * i + 1] = 0x00;
    }
    append(chunks, data);
    return mac(session.sk1, session.sk2, session.iv, chunks);
}

Chunk8 mac_a_write(const FelicaSession& session, std::uint32_t wcnt, std::uint8_t block, const Block16& data) {
    Bytes chunks{static_cast<std::uint8_t>(wcnt & 0xFFU),
                 static_cast<std::uint8_t>(wcnt >> 8U & 0xFFU),
                 static_cast<std::uint8_t>(wcnt >> 16U & 0xFFU),
                 0x00,
                 block,
                 0x00,
                 0x91,
                 0x00};
    append(chunks, data);
    return mac(session.sk2, session.sk1, session.iv, chunks);
}

Chunk8 mac_plain(const FelicaSession& session, ByteView data) {
    return mac(session.sk1, session.sk2, session.iv, data);
}

Block16 diversified_card_key(const std::array<std::uint8_t, 24>& master, const Block16& id) {
    Chunk8 high{};
    Chunk8 low{};
    std::copy_n(id.begin(), 8, high.begin());
    std::copy_n(id.begin() + 8, 8, low.begin());
    const Chunk8 subkey = doubled(ecb(master, Chunk8{}));
    Block16 key{};
    const auto half = [&](const Chunk8& first) { return ecb(master, ecb(master, first) ^ low ^ subkey); };
    const Chunk8 left = half(high);
    high[0] ^= 0x80U;
    const Chunk8 right = half(high);
    std::copy(left.begin(), left.end(), key.begin());
    std::copy(right.begin(), right.end(), key.begin() + 8);
    return key;
}

}  // namespace sekimori::lab
