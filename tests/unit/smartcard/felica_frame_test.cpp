// SPDX-License-Identifier: Apache-2.0
#include "smartcard/apdu/felica_frame.hpp"

#include <gtest/gtest.h>

#include "tests/unit/smartcard/bytes.hpp"

namespace sekimori::smartcard {
namespace {

using test::hex;
using test::repeat;

constexpr Idm kIdm{0x01, 0x2e, 0x3c, 0x4d, 0x5e, 0x6f, 0x70, 0x81};
const std::string kIdmText = "012E3C4D5E6F7081";

TEST(FelicaFrame, Polling) {
    EXPECT_EQ(to_hex(polling_frame(kLiteSSystem)), "060088b40100");
    const auto polled = parse_polled(hex("1401" + kIdmText + "00F1000000014300" + "88B4"));
    ASSERT_TRUE(polled.has_value());
    EXPECT_EQ(polled->idm, kIdm);
    EXPECT_EQ(polled->ic_code, 0xf1);
    EXPECT_EQ(polled->system, 0x88b4);
    EXPECT_FALSE(parse_polled(hex("1201" + kIdmText + "00F1000000014300")).has_value());
    EXPECT_FALSE(parse_polled(hex("1407" + kIdmText + "00F1000000014300" + "88B4")).has_value());
    EXPECT_FALSE(parse_polled({}).has_value());
}

TEST(FelicaFrame, Read) {
    constexpr std::array numbers{block::kId, block::kCkv, block::kMacA};
    EXPECT_EQ(to_hex(read_frame(kIdm, numbers)), "1406012e3c4d5e6f7081010b0003808280868091");
    const std::string body = repeat("AA", 16) + repeat("BB", 16);
    const auto blocks = parse_blocks(hex("2D07" + kIdmText + "0000" + "02" + body), kIdm, 2);
    ASSERT_TRUE(blocks.has_value());
    EXPECT_EQ((*blocks)[1][15], 0xbb);
}

TEST(FelicaFrame, ReadAnswersThatAreWrong) {
    const std::string one = repeat("AA", 16);
    const auto code = [](const std::string& text) { return parse_blocks(hex(text), kIdm, 1).error().code; };
    EXPECT_EQ(code("0C07" + kIdmText + "01B1"), ErrorCode::refused);
    EXPECT_EQ(code("1D07" + repeat("01", 8) + "000001" + one), ErrorCode::malformed);  // another card's
    EXPECT_EQ(code("1D09" + kIdmText + "000001" + one), ErrorCode::malformed);
    EXPECT_EQ(code("1C07" + kIdmText + "000001" + one), ErrorCode::malformed);
    EXPECT_EQ(code("1D07" + kIdmText + "000002" + one), ErrorCode::malformed);
    EXPECT_EQ(code("0C07" + kIdmText + "0000"), ErrorCode::malformed);
    EXPECT_EQ(code(""), ErrorCode::malformed);
}

TEST(FelicaFrame, Write) {
    wire::Block data{};
    data.fill(0x11);
    const std::array writes{BlockWrite{block::kRc, data}};
    EXPECT_EQ(to_hex(write_frame(kIdm, writes)),
              "2008012e3c4d5e6f70810109000180801111111111111111111111111111"
              "1111");
    EXPECT_TRUE(parse_written(hex("0C09" + kIdmText + "0000"), kIdm).has_value());
    EXPECT_EQ(parse_written(hex("0C09" + kIdmText + "01B2"), kIdm).error().code, ErrorCode::refused);
    EXPECT_EQ(parse_written(hex("0D09" + kIdmText + "000000"), kIdm).error().code, ErrorCode::malformed);
}

TEST(FelicaFrame, OnlyOurOwnAreAllowed) {
    wire::Block data{};
    const auto reads = [](std::vector<std::uint8_t> numbers) { return allowed_frame(read_frame(kIdm, numbers)); };
    EXPECT_TRUE(allowed_frame(polling_frame(0xffff)));
    EXPECT_TRUE(reads({0x82, 0x86, 0x91}));
    EXPECT_TRUE(reads({0x90}));
    EXPECT_FALSE(reads({0x00}));        // the holder's data
    EXPECT_FALSE(reads({0x82, 0x0d}));  // hidden behind another
    EXPECT_FALSE(reads({}));
    const auto writes = [&](std::vector<std::uint8_t> numbers) {
        std::vector<BlockWrite> blocks;
        for (const std::uint8_t number : numbers) blocks.push_back({number, data});
        return allowed_frame(write_frame(kIdm, blocks));
    };
    EXPECT_TRUE(writes({0x80}));
    EXPECT_TRUE(writes({0x92, 0x91}));
    EXPECT_FALSE(writes({0x87}));  // the card key
    EXPECT_FALSE(writes({0x88}));  // the memory configuration, which can never be undone
    EXPECT_FALSE(writes({0x00}));
    EXPECT_FALSE(writes({0x92}));
    EXPECT_FALSE(writes({0x87, 0x91}));
    EXPECT_FALSE(allowed_frame(hex("0206")));
    EXPECT_FALSE(allowed_frame(hex("0A04" + kIdmText)));
    EXPECT_FALSE(allowed_frame({}));
}

}  // namespace
}  // namespace sekimori::smartcard
