// SPDX-License-Identifier: Apache-2.0
#include "core/media.hpp"

#include <algorithm>
#include <array>

namespace sekimori::media {
namespace {

constexpr std::uint8_t kDeviceDescriptor = 1, kConfigurationDescriptor = 2, kInterfaceDescriptor = 4;
constexpr std::size_t kDeviceSize = 18, kConfigurationSize = 9, kInterfaceSize = 9;

constexpr std::uint8_t kHid = 0x03, kPrinter = 0x07, kStorage = 0x08, kHub = 0x09, kCcid = 0x0b;
// The class of a whole device that says: look at the interfaces.
constexpr std::uint8_t kByInterface = 0x00, kMiscellaneous = 0xef, kVendor = 0xff;

bool plain(std::uint8_t cls) noexcept { return cls == kHid || cls == kPrinter || cls == kHub || cls == kCcid; }

std::uint16_t little(ByteSpan bytes, std::size_t at) noexcept {
    return static_cast<std::uint16_t>(bytes[at] | (bytes[at + 1] << 8));
}

Status add(Device& device, const Interface& interface) {
    if (std::ranges::find(device.interfaces, interface) != device.interfaces.end()) return {};
    if (device.interfaces.size() == kMaxInterfaces) return fail(ErrorCode::too_large, "device: too many interfaces");
    device.interfaces.push_back(interface);
    return {};
}

bool printable_ascii(char letter) noexcept { return letter >= 0x20 && letter <= 0x7e; }

int preference(Answer answer) noexcept { return static_cast<int>(answer); }

Answer answer_of(const Record& record, const TerminalId& here, const Instant& now) noexcept {
    if (record.withdrawn) return Answer::withdrawn;
    if (!record.terminals.empty() && std::ranges::find(record.terminals, here) == record.terminals.end())
        return Answer::elsewhere;
    if (record.until != Millis{0} && now.wall >= record.until) return Answer::expired;
    if (record.until != Millis{0} && now.wall_quality == WallQuality::suspect) return Answer::clock_suspect;
    return now.wall < record.from ? Answer::early : Answer::allowed;
}

}  // namespace

// The kernel cuts a configuration where a descriptor has no sensible length, and shows what is left; so what is shown
// is one row of descriptors, also over the borders of configurations (whose own wTotalLength may say more).
Result<Device> read_descriptors(ByteSpan bytes) {
    const auto malformed = [] {
        return fail(ErrorCode::malformed, "device: its descriptors are not as they should be");
    };
    if (bytes.size() >= kMaxDescriptors) return fail(ErrorCode::too_large, "device: its descriptors may be cut");
    if (bytes.size() < kDeviceSize || bytes[0] < kDeviceSize || bytes[1] != kDeviceDescriptor) return malformed();
    Device device;
    device.vendor = little(bytes, 8);
    device.product = little(bytes, 10);
    const Interface whole{bytes[4], bytes[5], bytes[6]};
    if (whole.cls != kByInterface && whole.cls != kMiscellaneous && whole.cls != kVendor) (void)add(device, whole);
    const std::size_t configurations = bytes[17];
    std::size_t seen = 0;
    for (bytes = bytes.subspan(kDeviceSize); !bytes.empty(); bytes = bytes.subspan(bytes[0])) {
        if (bytes.size() < 2 || bytes[0] < 2 || bytes[0] > bytes.size()) return malformed();
        const bool begins = bytes[1] == kConfigurationDescriptor;
        if (begins && bytes[0] < kConfigurationSize) return malformed();
        if (begins) ++seen;
        if (seen == 0) return malformed();
        // A shorter one is none for the kernel either.
        if (bytes[1] == kInterfaceDescriptor && bytes[0] >= kInterfaceSize)
            if (auto added = add(device, {bytes[5], bytes[6], bytes[7]}); !added)
                return tl::unexpected<Error>(added.error());
    }
    if (seen != configurations) return malformed();
    return device;
}

bool nameable(std::string_view serial) noexcept {
    return !serial.empty() && serial.size() <= kMaxSerial && std::ranges::all_of(serial, printable_ascii) &&
           serial.front() != ' ' && serial.back() != ' ';
}

std::string printable(std::string_view text, std::size_t most) {
    std::string out(text.substr(0, most));
    std::ranges::replace_if(
        out, [](char letter) { return !printable_ascii(letter); }, '?');
    return out;
}

Kind kind_of(const Device& device) noexcept {
    const auto all = [&](auto wanted) {
        return !device.interfaces.empty() &&
               std::ranges::all_of(device.interfaces, [&](const Interface& one) { return wanted(one.cls); });
    };
    if (all(plain)) return Kind::plain;
    if (all([](std::uint8_t cls) { return cls == kStorage; })) return Kind::storage;
    return Kind::other;
}

bool holds_storage(const Device& device) noexcept {
    return std::ranges::any_of(device.interfaces, [](const Interface& one) { return one.cls == kStorage; });
}

bool plain_driver(std::string_view driver) noexcept {
    constexpr std::array<std::string_view, 6> kDrivers{"usbhid", "hub", "usblp", "usbfs", "usbkbd", "usbmouse"};
    return std::ranges::find(kDrivers, driver) != kDrivers.end();
}

bool storage_driver(std::string_view driver) noexcept {
    return driver == "usb-storage" || driver == "uas" || driver.starts_with("ums-") || driver.starts_with("rtsx_usb");
}

bool named(std::span<const Named> list, const Device& device) {
    if (device.interfaces.empty() || holds_storage(device)) return false;
    return std::ranges::any_of(list, [&](const Named& entry) {
        if (entry.vendor != device.vendor || entry.product != device.product) return false;
        if (entry.serial && *entry.serial != device.serial) return false;
        return std::ranges::all_of(device.interfaces, [&](const Interface& one) {
            return plain(one.cls) || std::ranges::find(entry.classes, one.cls) != entry.classes.end();
        });
    });
}

const char* name_of(Answer answer) noexcept {
    switch (answer) {
        case Answer::allowed:
            return "allowed";
        case Answer::clock_suspect:
            return "clock_suspect";
        case Answer::early:
            return "early";
        case Answer::elsewhere:
            return "elsewhere";
        case Answer::expired:
            return "expired";
        case Answer::withdrawn:
            return "withdrawn";
        case Answer::unlisted:
            return "unlisted";
        case Answer::unnamed:
            return "unnamed";
        case Answer::composite:
            return "composite";
        case Answer::closed:
            return "closed";
        case Answer::irregular:
            return "irregular";
        case Answer::driver:
            return "driver";
    }
    return "irregular";
}

Decision decide(const Device& device, std::span<const Record> records, const TerminalId& here, const Instant& now) {
    if (device.interfaces.empty()) return {Answer::irregular, {}};
    if (kind_of(device) != Kind::storage) return {holds_storage(device) ? Answer::composite : Answer::closed, {}};
    if (!nameable(device.serial)) return {Answer::unnamed, {}};
    Decision best;
    for (const Record& record : records) {
        if (record.vendor != device.vendor || record.product != device.product || record.serial != device.serial)
            continue;
        const Answer answer = answer_of(record, here, now);
        if (preference(answer) >= preference(best.answer)) continue;
        best = {answer, answer == Answer::allowed ? std::optional(record.id) : std::nullopt};
    }
    return best;
}

}  // namespace sekimori::media
