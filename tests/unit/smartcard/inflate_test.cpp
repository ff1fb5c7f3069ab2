// SPDX-License-Identifier: Apache-2.0
#include "smartcard/card/inflate.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

namespace sekimori::smartcard {
namespace {

Bytes packed(const Bytes& plain) {
    Bytes out(plain.size() + 128);
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    Bytes in = plain;
    stream.next_in = in.data();
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

TEST(Gunzip, UnpacksUpToTheCap) {
    const Bytes plain(1000, 'x');
    EXPECT_EQ(*gunzip(packed(plain), 1001), plain);
    EXPECT_EQ(*gunzip(packed(plain), 1000), plain);
    EXPECT_EQ(gunzip(packed(plain), 999).error().code, ErrorCode::too_large);
}

TEST(Gunzip, ABombIsNotUnpacked) {
    const Bytes bomb = packed(Bytes(10'000'000, 0));
    EXPECT_EQ(gunzip(bomb, 8192).error().code, ErrorCode::too_large);
}

TEST(Gunzip, BrokenDataIsMalformed) {
    const Bytes good = packed(Bytes(100, 'y'));
    EXPECT_EQ(gunzip({}, 1000).error().code, ErrorCode::malformed);
    for (std::size_t size = 0; size < good.size(); ++size)
        EXPECT_FALSE(gunzip(std::span(good).first(size), 1000).has_value()) << size;
    Bytes longer = good;
    longer.push_back(0);
    EXPECT_EQ(gunzip(longer, 1000).error().code, ErrorCode::malformed);
    Bytes wrong = good;
    wrong[good.size() - 8] ^= 1;  // the checksum
    EXPECT_EQ(gunzip(wrong, 1000).error().code, ErrorCode::malformed);
}

}  // namespace
}  // namespace sekimori::smartcard
