// SPDX-License-Identifier: Apache-2.0
#include "protocol/wire.hpp"

#include <algorithm>

namespace sekimori::wire {

void Writer::put(const std::uint8_t* data, std::size_t size) {
    if (!ok_ || size > limit_ - used_) {
        ok_ = false;
        return;
    }
    if (!buffer_.empty()) std::copy_n(data, size, buffer_.data() + used_);
    used_ += size;
}

void Writer::u16(std::uint16_t v) {
    u8(static_cast<std::uint8_t>(v >> 8));
    u8(static_cast<std::uint8_t>(v & 0xff));
}

std::size_t Writer::open_field(std::uint16_t tag) {
    u16(tag);
    u16(0);
    return used_;
}

void Writer::close_field(std::size_t mark) {
    if (!ok_) return;
    const std::size_t size = used_ - mark;
    if (size > std::numeric_limits<std::uint16_t>::max()) {
        ok_ = false;
        return;
    }
    if (buffer_.empty()) return;
    buffer_.data()[mark - 2] = static_cast<std::uint8_t>(size >> 8);
    buffer_.data()[mark - 1] = static_cast<std::uint8_t>(size & 0xff);
}

Result<SecureBytes> Writer::finish() && {
    if (!ok_) return sekimori::fail(ErrorCode::too_large, "message: too large");
    if (buffer_.size() < used_) return sekimori::fail(ErrorCode::internal, "out of memory");
    buffer_.truncate(used_);
    return std::move(buffer_);
}

Result<std::vector<RawField>> split(ByteSpan bytes) {
    constexpr std::size_t kMaxFields = 1024;
    std::vector<RawField> fields;
    while (!bytes.empty()) {
        if (bytes.size() < 4 || fields.size() == kMaxFields)
            return fail(ErrorCode::malformed, "message: a field header is cut");
        const auto raw_tag = static_cast<std::uint16_t>((bytes[0] << 8) | bytes[1]);
        const auto size = static_cast<std::size_t>((bytes[2] << 8) | bytes[3]);
        if (size > bytes.size() - 4) return fail(ErrorCode::malformed, "message: a field is cut");
        fields.push_back({static_cast<std::uint16_t>(raw_tag & 0x7fff), raw_tag, bytes.subspan(4, size)});
        bytes = bytes.subspan(4 + size);
    }
    return fields;
}

Result<std::uint16_t> type_of(ByteSpan message) {
    if (message.size() < 3 || message.size() > kMaxMessage) return fail(ErrorCode::malformed, "message: bad size");
    if (message[0] != kVersion) return fail(ErrorCode::unsupported, "message: another wire version");
    return static_cast<std::uint16_t>((message[1] << 8) | message[2]);
}

bool valid_text(ByteSpan bytes) noexcept {
    // RFC 3629: shortest form, no surrogates, at most U+10FFFF.
    for (std::size_t i = 0; i < bytes.size();) {
        const std::uint8_t lead = bytes[i];
        if (lead == 0) return false;
        const std::size_t more = lead < 0x80                   ? 0
                                 : lead >= 0xc2 && lead < 0xe0 ? 1
                                 : lead >= 0xe0 && lead < 0xf0 ? 2
                                 : lead >= 0xf0 && lead < 0xf5 ? 3
                                                               : 4;
        if (more == 4 || bytes.size() - i <= more) return false;
        for (std::size_t k = 1; k <= more; ++k)
            if ((bytes[i + k] & 0xc0) != 0x80) return false;
        if (lead == 0xe0 && bytes[i + 1] < 0xa0) return false;
        if (lead == 0xed && bytes[i + 1] > 0x9f) return false;
        if (lead == 0xf0 && bytes[i + 1] < 0x90) return false;
        if (lead == 0xf4 && bytes[i + 1] > 0x8f) return false;
        i += more + 1;
    }
    return true;
}

}  // namespace sekimori::wire
