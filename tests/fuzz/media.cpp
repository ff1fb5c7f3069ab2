// SPDX-License-Identifier: Apache-2.0
// What a USB device says of itself, and root's list: nothing of it lets storage in without a record, and whatever is
// let in for its class has no other class in any descriptor that the kernel would read.
#include "core/media.hpp"

#include "protocol/schema_media.hpp"
#include "tests/fuzz/target.hpp"

namespace {

using namespace sekimori;

// As the kernel walks them, over all configurations: the classes of interfaces that it would use.
bool kernel_sees(ByteSpan bytes, std::uint8_t cls) {
    for (bytes = bytes.subspan(18); bytes.size() >= 2 && bytes[0] >= 2 && bytes[0] <= bytes.size();
         bytes = bytes.subspan(bytes[0]))
        if (bytes[1] == 4 && bytes[0] >= 9 && bytes[5] == cls) return true;
    return false;
}

void descriptors(ByteSpan bytes) {
    auto device = media::read_descriptors(bytes);
    if (!device) return;
    SEKIMORI_HOLDS(device->interfaces.size() <= media::kMaxInterfaces);
    if (media::kind_of(*device) == media::Kind::plain)
        for (int cls = 0; cls < 256; ++cls)
            if (cls != 0x03 && cls != 0x07 && cls != 0x09 && cls != 0x0b)
                SEKIMORI_HOLDS(!kernel_sees(bytes, static_cast<std::uint8_t>(cls)));
    device->serial = "4C530001";
    SEKIMORI_HOLDS(!media::decide(*device, {}, TerminalId{}, Instant{}).record);
    const auto message = wire::encode(wire::plugged(*device));
    SEKIMORI_HOLDS(message.has_value());
    const auto again = wire::decode<wire::MediaPlugged>(message->span());
    SEKIMORI_HOLDS(again && wire::device_in(*again).interfaces == device->interfaces);
}

void list(ByteSpan bytes) {
    const media::NamedList names = media::read_list({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    SEKIMORI_HOLDS(names.entries.size() <= media::kMaxNamed);
    for (const media::Named& entry : names.entries) {
        media::Device device{entry.vendor, entry.product, entry.serial.value_or(""), {{0x03, 0, 0}}};
        SEKIMORI_HOLDS(media::named(names.entries, device));
        device.interfaces.push_back({0x08, 6, 0x50});
        SEKIMORI_HOLDS(!media::named(names.entries, device));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const ByteSpan rest(data + 1, size - 1);
    data[0] % 2 == 0 ? descriptors(rest) : list(rest);
    return 0;
}
