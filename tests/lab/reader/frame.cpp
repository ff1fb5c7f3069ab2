// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/reader/frame.hpp"

#include <algorithm>

namespace sekimori::lab {

std::optional<Bytes> encode_frame(ByteView body) {
    if (body.size() > kMaxFrameBody) return std::nullopt;
    Bytes out{static_cast<std::uint8_t>(body.size() >> 8U), static_cast<std::uint8_t>(body.size() & 0xFFU)};
    append(out, body);
    return out;
}

Bytes encode_frame(Control code) { return {0x00, 0x01, static_cast<std::uint8_t>(code)}; }

std::size_t FrameParser::missing() const {
    if (buffer_.size() < kFrameHeader) return kFrameHeader - buffer_.size();
    const std::size_t body = static_cast<std::size_t>(buffer_[0]) * 256U + buffer_[1];
    return kFrameHeader + body - buffer_.size();
}

std::size_t FrameParser::feed(ByteView bytes) {
    std::size_t taken = 0;
    while (taken < bytes.size() && missing() > 0) {
        const std::size_t part = std::min(missing(), bytes.size() - taken);
        append(buffer_, bytes.subspan(taken, part));
        taken += part;
    }
    return taken;
}

std::optional<Bytes> FrameParser::take() {
    if (missing() > 0) return std::nullopt;
    Bytes body(buffer_.begin() + kFrameHeader, buffer_.end());
    buffer_.clear();
    return body;
}

}  // namespace sekimori::lab
