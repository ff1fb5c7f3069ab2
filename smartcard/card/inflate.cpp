// SPDX-License-Identifier: Apache-2.0
#include "smartcard/card/inflate.hpp"

#include <zlib.h>

namespace sekimori::smartcard {

Result<Bytes> gunzip(ByteSpan packed, std::size_t max) {
    constexpr int kGzipOnly = 16;  // zlib.h, inflateInit2
    Bytes out(max);
    Bytes in(packed.begin(), packed.end());  // zlib takes no const pointer
    z_stream stream{};
    if (inflateInit2(&stream, MAX_WBITS + kGzipOnly) != Z_OK) return fail(ErrorCode::internal, "gzip: no memory");
    stream.next_in = in.data();
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    const int state = inflate(&stream, Z_FINISH);
    const std::size_t size = out.size() - stream.avail_out;
    const bool rest = stream.avail_in != 0;
    const bool full = stream.avail_out == 0;
    (void)inflateEnd(&stream);
    if (state != Z_STREAM_END && full) return fail(ErrorCode::too_large, "gzip: too much comes out");
    if (state != Z_STREAM_END || rest) return fail(ErrorCode::malformed, "gzip: bad data");
    out.resize(size);
    return out;
}

}  // namespace sekimori::smartcard
