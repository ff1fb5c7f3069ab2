// SPDX-License-Identifier: Apache-2.0
#include "crypto/felica.hpp"

#include <algorithm>

#include "crypto/openssl.hpp"

namespace sekimori::crypto::felica {
namespace {

constexpr std::size_t kDes = 8;
constexpr Mac kZero{};

// NIST SP 800-67r2, 3.3.2, with the parity bit of every byte cleared.
constexpr std::array<std::array<std::uint8_t, kDes>, 16> kWeak{{
    {0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00},
    {0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe, 0xfe},
    {0xe0, 0xe0, 0xe0, 0xe0, 0xf0, 0xf0, 0xf0, 0xf0},
    {0x1e, 0x1e, 0x1e, 0x1e, 0x0e, 0x0e, 0x0e, 0x0e},
    {0x00, 0x1e, 0x00, 0x1e, 0x00, 0x0e, 0x00, 0x0e},
    {0x1e, 0x00, 0x1e, 0x00, 0x0e, 0x00, 0x0e, 0x00},
    {0x00, 0xe0, 0x00, 0xe0, 0x00, 0xf0, 0x00, 0xf0},
    {0xe0, 0x00, 0xe0, 0x00, 0xf0, 0x00, 0xf0, 0x00},
    {0x00, 0xfe, 0x00, 0xfe, 0x00, 0xfe, 0x00, 0xfe},
    {0xfe, 0x00, 0xfe, 0x00, 0xfe, 0x00, 0xfe, 0x00},
    {0x1e, 0xe0, 0x1e, 0xe0, 0x0e, 0xf0, 0x0e, 0xf0},
    {0xe0, 0x1e, 0xe0, 0x1e, 0xf0, 0x0e, 0xf0, 0x0e},
    {0x1e, 0xfe, 0x1e, 0xfe, 0x0e, 0xfe, 0x0e, 0xfe},
    {0xfe, 0x1e, 0xfe, 0x1e, 0xfe, 0x0e, 0xfe, 0x0e},
    {0xe0, 0xfe, 0xe0, 0xfe, 0xf0, 0xfe, 0xf0, 0xfe},
    {0xfe, 0xe0, 0xfe, 0xe0, 0xfe, 0xf0, 0xfe, 0xf0},
}};

bool same_but_parity(ByteSpan a, ByteSpan b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](auto x, auto y) { return ((x ^ y) & 0xfe) == 0; });
}

// The card counts bytes the other way round than DES does: every group of eight is reversed at the border.
template <class Out>
void put_reversed(ByteSpan chunk, Out out) {
    std::reverse_copy(chunk.begin(), chunk.end(), out);
}

// As DES sees it, its halves reversed. Two equal halves make single DES of triple DES.
bool weak_card_key(ByteSpan key) noexcept {
    return weak_des_key(key.first(kDes)) || weak_des_key(key.last(kDes)) ||
           same_but_parity(key.first(kDes), key.last(kDes));
}

// CBC without padding over whole blocks; `out` is as long as `in`.
Status encrypt(const char* cipher, ByteSpan key, ByteSpan iv, ByteSpan in, std::span<std::uint8_t> out) {
    const CipherHandle algorithm(EVP_CIPHER_fetch(nullptr, cipher, nullptr));
    const CipherContext context(EVP_CIPHER_CTX_new());
    if (!algorithm || !context || EVP_CIPHER_get_key_length(algorithm.get()) != static_cast<int>(key.size()))
        return library_failed("triple DES");
    int size = 0;
    const bool good =
        EVP_EncryptInit_ex2(context.get(), algorithm.get(), key.data(), iv.data(), nullptr) == 1 &&
        EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
        EVP_EncryptUpdate(context.get(), out.data(), &size, in.data(), static_cast<int>(in.size())) == 1 &&
        static_cast<std::size_t>(size) == in.size();
    if (!good) return library_failed("triple DES");
    return {};
}

}  // namespace

bool weak_des_key(ByteSpan key) noexcept {
    return key.size() != kDes ||
           std::ranges::any_of(kWeak, [&](const auto& weak) { return same_but_parity(key, weak); });
}

Result<Session> Session::start(ByteSpan ck, const Block& rc) {
    if (ck.size() != 16) return fail(ErrorCode::invalid_argument, "Lite-S: a card key has 16 bytes");
    Session session;
    SecureBytes key(16);
    Block challenge{};
    session.read_key_ = SecureBytes(16);
    session.write_key_ = SecureBytes(16);
    if (key.size() != 16 || session.read_key_.size() != 16 || session.write_key_.size() != 16)
        return fail(ErrorCode::internal, "Lite-S: out of memory");
    for (std::size_t at = 0; at < 16; at += kDes) {
        put_reversed(ck.subspan(at, kDes), key.data() + at);
        put_reversed(ByteSpan(rc).subspan(at, kDes), challenge.begin() + static_cast<std::ptrdiff_t>(at));
    }
    if (weak_card_key(key.span())) return fail(ErrorCode::refused, "Lite-S: the card key is a weak DES key");
    std::copy_n(challenge.begin(), kDes, session.iv_.begin());
    if (auto done = encrypt("DES-EDE-CBC", key.span(), kZero, challenge, session.read_key_.span()); !done)
        return tl::unexpected<Error>(done.error());
    std::copy_n(session.read_key_.data(), kDes, session.write_key_.data() + kDes);
    std::copy_n(session.read_key_.data() + kDes, kDes, session.write_key_.data());
    return session;
}

Result<Mac> Session::mac(ByteSpan key, ByteSpan chunks) const {
    std::vector<std::uint8_t> in(chunks.size());
    for (std::size_t at = 0; at < chunks.size(); at += kDes)
        put_reversed(chunks.subspan(at, kDes), in.begin() + static_cast<std::ptrdiff_t>(at));
    std::vector<std::uint8_t> out(in.size());
    if (auto done = encrypt("DES-EDE-CBC", key, iv_, in, out); !done) return tl::unexpected<Error>(done.error());
    Mac mac{};
    put_reversed(ByteSpan(out).last(kDes), mac.begin());
    return mac;
}

Result<Mac> Session::mac_of_read(const std::vector<ReadBlock>& blocks) const {
    if (blocks.empty() || blocks.size() > 3) return fail(ErrorCode::invalid_argument, "Lite-S: one to three blocks");
    // First the list of block numbers as 16-bit little endian, block 91 last, filled up with FF; then the data.
    std::vector<std::uint8_t> chunks;
    chunks.reserve(kDes + blocks.size() * 16);
    for (const ReadBlock& block : blocks) chunks.insert(chunks.end(), {block.number, 0});
    chunks.insert(chunks.end(), {kBlockMacA, 0});
    chunks.resize(kDes, 0xff);
    for (const ReadBlock& block : blocks) chunks.insert(chunks.end(), block.data.begin(), block.data.end());
    return mac(read_key_.span(), chunks);
}

Status Session::check_read(const std::vector<ReadBlock>& blocks, const Block& block_91) const {
    const auto expected = mac_of_read(blocks);
    if (!expected) return tl::unexpected<Error>(expected.error());
    if (!SecureBytes::equal(*expected, ByteSpan(block_91).first(kDes)))
        return fail(ErrorCode::mismatch, "Lite-S: the card's MAC is not good");
    return {};
}

Result<Block> Session::authorize_write(const Block& wcnt, std::uint8_t number, const Block& data) const {
    std::vector<std::uint8_t> chunks{wcnt[0], wcnt[1], wcnt[2], 0, number, 0, kBlockMacA, 0};
    chunks.insert(chunks.end(), data.begin(), data.end());
    const auto mac = this->mac(write_key_.span(), chunks);
    if (!mac) return tl::unexpected<Error>(mac.error());
    Block block{};
    std::copy(mac->begin(), mac->end(), block.begin());
    std::copy_n(wcnt.begin(), 3, block.begin() + kDes);
    return block;
}

Result<SecureBytes> diversify(ByteSpan master, const Block& id) {
    if (master.size() != 24) return fail(ErrorCode::invalid_argument, "Lite-S: a master key has 24 bytes");
    // CMAC's construction (NIST SP 800-38B) over two blocks; once more with the first bit flipped for the second half.
    const auto block = [&](const Mac& in) -> Result<Mac> {
        Mac out{};
        if (auto done = encrypt("DES-EDE3-CBC", master, kZero, in, out); !done)
            return tl::unexpected<Error>(done.error());
        return out;
    };
    const auto l = block(kZero);
    if (!l) return tl::unexpected<Error>(l.error());
    Mac subkey{};
    for (std::size_t i = 0; i < kDes; ++i)
        subkey[i] = static_cast<std::uint8_t>(((*l)[i] << 1) | (i + 1 < kDes ? (*l)[i + 1] >> 7 : 0));
    if (((*l)[0] & 0x80) != 0) subkey[kDes - 1] ^= 0x1b;

    SecureBytes ck(16);
    SecureBytes as_used(16);
    if (ck.size() != 16 || as_used.size() != 16) return fail(ErrorCode::internal, "Lite-S: out of memory");
    for (std::size_t half = 0; half < 2; ++half) {
        Mac first{};
        std::copy_n(id.begin(), kDes, first.begin());
        if (half == 1) first[0] ^= 0x80;
        auto last = block(first);
        if (!last) return tl::unexpected<Error>(last.error());
        for (std::size_t i = 0; i < kDes; ++i)
            (*last)[i] = static_cast<std::uint8_t>((*last)[i] ^ id[kDes + i] ^ subkey[i]);
        const auto tag = block(*last);
        if (!tag) return tl::unexpected<Error>(tag.error());
        std::copy(tag->begin(), tag->end(), ck.data() + half * kDes);
        put_reversed(*tag, as_used.data() + half * kDes);
    }
    if (weak_card_key(as_used.span())) return fail(ErrorCode::refused, "Lite-S: this ID would get a weak DES key");
    return ck;
}

}  // namespace sekimori::crypto::felica
