// SPDX-License-Identifier: Apache-2.0
// FeliCa Lite-S against vectors that were computed independently (two implementations that agree).
#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/felica.hpp"

namespace sekimori::crypto::felica {
namespace {

template <std::size_t N>
std::array<std::uint8_t, N> hex(std::string_view text) {
    const auto bytes = from_hex<N>(text);
    EXPECT_TRUE(bytes) << text;
    return bytes.value_or(std::array<std::uint8_t, N>{});
}

const Block kCk = hex<16>("000102030405060708090A0B0C0D0E0F");
const Block kRc = hex<16>("101112131415161718191A1B1C1D1E1F");
const Block kId = hex<16>("012E3C4D5E6F70810000A1A2A3A4A5A6");
const Block kCkv = hex<16>("01000000000000000000000000000000");

Session session() {
    auto started = Session::start(kCk, kRc);
    EXPECT_TRUE(started);
    return std::move(*started);
}

Block block_of(std::string_view mac) {
    Block block{};
    std::ranges::copy(hex<8>(mac), block.begin());
    return block;
}

TEST(Felica, MacOfAReadOfOneBlock) { EXPECT_EQ(session().mac_of_read({{kBlockId, kId}}), hex<8>("03D6987DC746E0A6")); }

TEST(Felica, MacOfAReadOfTwoBlocks) {
    EXPECT_EQ(session().mac_of_read({{kBlockId, kId}, {kBlockCkv, kCkv}}), hex<8>("4EEEB11EBC736AC5"));
}

TEST(Felica, MacOfAWrite) {
    Block state{};
    state[0] = 1;
    const auto block = session().authorize_write(block_of("0A00000000000000"), kBlockState, state);
    ASSERT_TRUE(block);
    EXPECT_EQ(to_hex(*block), "f31cc8b30f4749950a00000000000000");
}

TEST(Felica, CheckTakesTheRightMacOnly) {
    const Session one = session();
    EXPECT_TRUE(one.check_read({{kBlockId, kId}}, block_of("03D6987DC746E0A6")));
    for (std::size_t bit = 0; bit < 64; ++bit) {
        Block wrong = block_of("03D6987DC746E0A6");
        wrong[bit / 8] ^= static_cast<std::uint8_t>(1 << (bit % 8));
        const auto checked = one.check_read({{kBlockId, kId}}, wrong);
        ASSERT_FALSE(checked);
        EXPECT_EQ(checked.error().code, ErrorCode::mismatch);
    }
}

TEST(Felica, AnotherChallengeMakesAnotherMac) {
    Block rc = kRc;
    rc[15] ^= 1;
    const auto other = Session::start(kCk, rc);
    ASSERT_TRUE(other);
    EXPECT_FALSE(other->check_read({{kBlockId, kId}}, block_of("03D6987DC746E0A6")));
}

TEST(Felica, TheNumberOfABlockIsPartOfTheMac) {
    EXPECT_FALSE(session().check_read({{kBlockCkv, kId}}, block_of("03D6987DC746E0A6")));
}

TEST(Felica, NoBlockOrTooMany) {
    EXPECT_FALSE(session().mac_of_read({}));
    EXPECT_FALSE(session().mac_of_read({{1, kId}, {2, kId}, {3, kId}, {4, kId}}));
}

TEST(Felica, Diversification) {
    const auto master = hex<24>("404142434445464748494A4B4C4D4E4F5051525354555657");
    const auto ck = diversify(master, kId);
    ASSERT_TRUE(ck);
    EXPECT_EQ(to_hex(ck->span()), "a747e487d7c60892b77d85d41ed3a5fd");
    EXPECT_FALSE(diversify(kCk, kId));
}

TEST(Felica, WeakKeysAreRefused) {
    // As the card has them: DES sees each half reversed.
    for (const char* text :
         {"0101010101010101202122232425262A", "101112131415161EFEFEFEFEFEFEFEFE", "0E0E0E0E1F1F1F1F202122232425262A",
          "000102030405060700010203040506FF", "FE01FE01FE01FE01202122232425262A", "F10EF10EE01FE01F202122232425262A"}) {
        const auto started = Session::start(hex<16>(text), kRc);
        if (std::string_view(text) == "000102030405060700010203040506FF") {
            EXPECT_TRUE(started) << text;
            continue;
        }
        ASSERT_FALSE(started) << text;
        EXPECT_EQ(started.error().code, ErrorCode::refused);
    }
    // Two halves that differ in parity bits only make single DES.
    EXPECT_FALSE(Session::start(hex<16>("00020406080A0C0E01030507090B0D0F"), kRc));
    EXPECT_TRUE(weak_des_key(hex<8>("1F1F1F1F0E0E0E0E")));
    EXPECT_TRUE(weak_des_key(hex<8>("E001E001F101F101")));
    EXPECT_FALSE(weak_des_key(hex<8>("133457799BBCDFF1")));
}

TEST(Felica, ACardKeyOfAnotherSize) { EXPECT_FALSE(Session::start(ByteSpan(kCk).first(8), kRc)); }

}  // namespace
}  // namespace sekimori::crypto::felica
