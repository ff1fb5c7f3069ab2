// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/reader/frame.hpp"

#include <gtest/gtest.h>

#include <random>

namespace sekimori::lab {
namespace {

TEST(Frame, LengthIsBigEndian) {
    EXPECT_EQ(to_hex(encode_frame(Bytes(258, 0)).value()).substr(0, 4), "0102");
    EXPECT_EQ(to_hex(encode_frame(Control::Atr)), "000104");
    EXPECT_EQ(encode_frame(Bytes(kMaxFrameBody, 0))->size(), kFrameHeader + kMaxFrameBody);
    EXPECT_FALSE(encode_frame(Bytes(kMaxFrameBody + 1, 0)));
}

TEST(FrameParser, TakesOneFrameAtATime) {
    Bytes stream = encode_frame(Bytes{1, 2, 3}).value();
    append(stream, encode_frame(Bytes{4}).value());
    FrameParser parser;
    EXPECT_EQ(parser.missing(), 2U);
    EXPECT_FALSE(parser.take());
    EXPECT_EQ(parser.feed(stream), 5U);
    EXPECT_EQ(parser.feed(ByteView(stream).subspan(5)), 0U);  // full: take first
    EXPECT_EQ(parser.take(), (Bytes{1, 2, 3}));
    EXPECT_EQ(parser.feed(ByteView(stream).subspan(5)), 3U);
    EXPECT_EQ(parser.take(), Bytes{4});
}

TEST(FrameParser, EmptyBodyIsAFrame) {
    FrameParser parser;
    EXPECT_EQ(parser.feed(Bytes{0x00, 0x00, 0x00}), 2U);
    EXPECT_EQ(parser.missing(), 0U);
    EXPECT_EQ(parser.take(), Bytes{});
}

TEST(FrameParser, HowTheStreamIsCutDoesNotMatter) {
    std::mt19937 random(20260401);  // any fixed seed
    std::vector<Bytes> bodies;
    Bytes stream;
    for (int i = 0; i < 50; ++i) {
        bodies.emplace_back(random() % 700, static_cast<std::uint8_t>(i));
        append(stream, encode_frame(bodies.back()).value());
    }
    std::vector<Bytes> got;
    FrameParser parser;
    ByteView rest(stream);
    while (!rest.empty()) {
        const std::size_t piece = std::min<std::size_t>(rest.size(), 1 + random() % 900);
        rest = rest.subspan(parser.feed(rest.first(piece)));
        if (auto body = parser.take()) got.push_back(std::move(*body));
    }
    EXPECT_EQ(got, bodies);
}

TEST(FrameParser, RandomBytesAreBoundedAndHarmless) {
    std::mt19937 random(7);
    FrameParser parser;
    for (int i = 0; i < 20'000; ++i) {
        Bytes noise(random() % 64);
        for (auto& byte : noise) byte = static_cast<std::uint8_t>(random());
        EXPECT_LE(parser.feed(noise), noise.size());
        EXPECT_LE(parser.missing(), kMaxFrameBody);
        const Bytes body = parser.take().value_or(Bytes{});
        EXPECT_LE(body.size(), kMaxFrameBody);
    }
}

}  // namespace
}  // namespace sekimori::lab
