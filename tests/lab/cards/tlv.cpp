// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/cards/tlv.hpp"

#include <algorithm>

namespace sekimori::lab {
namespace {

std::uint8_t byte_of(std::size_t value, unsigned shift) { return static_cast<std::uint8_t>((value >> shift) & 0xFFU); }

}  // namespace

Bytes tlv(std::uint32_t tag, ByteView value) {
    Bytes out;
    if (tag > 0xFFFF) out.push_back(byte_of(tag, 16));
    if (tag > 0xFF) out.push_back(byte_of(tag, 8));
    out.push_back(byte_of(tag, 0));
    const std::size_t size = value.size();
    if (size > 0xFFFF) {
        append(out, Bytes{0x83, byte_of(size, 16), byte_of(size, 8), byte_of(size, 0)});
    } else if (size > 0xFF) {
        append(out, Bytes{0x82, byte_of(size, 8), byte_of(size, 0)});
    } else if (size > 0x7F) {
        append(out, Bytes{0x81, byte_of(size, 0)});
    } else {
        out.push_back(byte_of(size, 0));
    }
    append(out, value);
    return out;
}

std::optional<std::vector<Tlv>> parse_tlvs(ByteView bytes) {
    std::vector<Tlv> out;
    while (!bytes.empty()) {
        std::uint32_t tag = bytes[0];
        std::size_t at = 1;
        if ((tag & 0x1FU) == 0x1FU) {
            std::uint8_t next = 0x80;
            while ((next & 0x80U) != 0) {
                if (at >= bytes.size() || at > 2) return std::nullopt;
                next = bytes[at++];
                tag = tag << 8U | next;
            }
        }
        if (at >= bytes.size()) return std::nullopt;
        std::size_t size = bytes[at++];
        if (size > 0x7F) {
            const std::size_t digits = size & 0x7FU;
            if (digits == 0 || digits > 3 || bytes.size() - at < digits) return std::nullopt;
            size = 0;
            for (std::size_t i = 0; i < digits; ++i) size = size << 8U | bytes[at++];
        }
        if (bytes.size() - at < size) return std::nullopt;
        out.push_back({tag, to_bytes(bytes.subspan(at, size))});
        bytes = bytes.subspan(at + size);
    }
    return out;
}

const Tlv* find_tlv(const std::vector<Tlv>& list, std::uint32_t tag) {
    const auto it = std::find_if(list.begin(), list.end(), [tag](const Tlv& item) { return item.tag == tag; });
    return it == list.end() ? nullptr : &*it;
}

}  // namespace sekimori::lab
