// SPDX-License-Identifier: Apache-2.0
// USB descriptors as sysfs shows them, for devices that do not exist.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "core/media.hpp"

namespace sekimori::usb {

using Bytes = std::vector<std::uint8_t>;

inline Bytes device(std::uint16_t vendor, std::uint16_t product, std::uint8_t cls, std::uint8_t configurations) {
    const auto low = [](std::uint16_t number) { return static_cast<std::uint8_t>(number & 0xff); };
    const auto high = [](std::uint16_t number) { return static_cast<std::uint8_t>(number >> 8); };
    return {18, 1, 0, 2, cls,           0, 0, 64, low(vendor), high(vendor), low(product), high(product), 0,
            1,  1, 2, 3, configurations};
}
inline Bytes configuration() { return {9, 2, 0xff, 0xff, 1, 1, 0, 0x80, 50}; }
inline Bytes interface(const media::Interface& one) { return {9, 4, 0, 0, 1, one.cls, one.subclass, one.protocol, 0}; }
inline Bytes joined(std::initializer_list<Bytes> parts) {
    Bytes all;
    for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
    return all;
}

}  // namespace sekimori::usb
