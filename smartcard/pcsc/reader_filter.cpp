// SPDX-License-Identifier: Apache-2.0
#include "smartcard/pcsc/reader_filter.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "protocol/wire.hpp"

namespace sekimori::smartcard::pcsc {
namespace {

constexpr std::array<std::string_view, 2> kSoftware{"Virtual PCD", "Sekimori Lab"};
constexpr std::size_t kMaxName = 128;  // of wire::Reader
constexpr std::string_view kSerialPrefix = "usb:";

// pcscd appends " II SS": instance and slot, two hexadecimal digits each.
std::string_view without_numbers(std::string_view name) {
    constexpr std::size_t kTail = 6;
    if (name.size() <= kTail) return name;
    const std::string_view tail = name.substr(name.size() - kTail);
    const auto hex = [&](std::size_t i) { return std::isxdigit(static_cast<unsigned char>(tail[i])) != 0; };
    const bool numbers = tail[0] == ' ' && hex(1) && hex(2) && tail[3] == ' ' && hex(4) && hex(5);
    return numbers ? name.substr(0, name.size() - kTail) : name;
}

bool names(std::string_view entry, std::string_view reader) {
    if (entry.empty()) return false;
    if (entry.starts_with(kSerialPrefix)) {
        // pcscd writes the serial number of a USB reader as "(SERIAL)" behind its name.
        const std::string_view serial = entry.substr(kSerialPrefix.size());
        return !serial.empty() && without_numbers(reader).ends_with(" (" + std::string(serial) + ")");
    }
    return entry == reader || entry == without_numbers(reader);
}

}  // namespace

bool ReaderFilter::admits(std::string_view name) const {
    // What can't travel in a message is no reader for us; pcscd is hostile input too.
    const ByteSpan bytes(reinterpret_cast<const std::uint8_t*>(name.data()), name.size());
    if (name.empty() || name.size() > kMaxName || !wire::valid_text(bytes)) return false;
    const bool software = std::ranges::any_of(kSoftware, [&](std::string_view s) { return name.starts_with(s); });
    if (software && software_ == SoftwareReaders::refused) return false;
    return wanted_.empty() ||
           std::ranges::any_of(wanted_, [&](const std::string& entry) { return names(entry, name); });
}

}  // namespace sekimori::smartcard::pcsc
