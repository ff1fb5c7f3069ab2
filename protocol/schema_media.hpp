// SPDX-License-Identifier: Apache-2.0
// The schema, part five: sekimori-media, which udev runs for a device that was plugged in. What it says is what the
// device says of itself; what it is told is whether the device may be used.
#pragma once

#include "core/media.hpp"
#include "protocol/schema_types.hpp"

namespace sekimori::wire {

// What was settled without the broker. `ask` alone waits for its answer.
enum class Settled : std::uint8_t {
    ask,
    plain,      // let in for its class
    named,      // let in by root's list on this machine
    irregular,  // refused: its descriptors
    driver,     // refused: a driver that its class has nothing to do with
};
enum class MediaVerdict : std::uint8_t { refused, allowed };

// One look at everything that is plugged in begins; what is not named in it is gone.
struct MediaSweep {
    static constexpr auto kType = MessageType::media_sweep;
    static constexpr auto kFields = std::tuple<>{};
};
struct MediaPlugged {
    static constexpr auto kType = MessageType::media_plugged;
    std::string port;        // the kernel's name: "1-4.2"
    std::uint32_t number{};  // bus and device, another one each time that it is plugged in
    std::uint16_t vendor{}, product{};
    Bytes serial;      // as it came
    std::string name;  // printable ASCII
    Bytes interfaces;  // class, subclass, protocol of each
    Settled settled{};
    static constexpr auto kFields = std::tuple{field<1>(&MediaPlugged::port, 64),
                                               field<2>(&MediaPlugged::number),
                                               field<3>(&MediaPlugged::vendor),
                                               field<4>(&MediaPlugged::product),
                                               field<5>(&MediaPlugged::serial, 512),
                                               field<6>(&MediaPlugged::name, 64),
                                               field<7>(&MediaPlugged::interfaces, 3 * media::kMaxInterfaces),
                                               field<8>(&MediaPlugged::settled)};
};
struct MediaGone {
    static constexpr auto kType = MessageType::media_gone;
    std::string port;
    static constexpr auto kFields = std::tuple{field<1>(&MediaGone::port, 64)};
};
// The answer to MediaPlugged{ask}. The others wait for none: nobody at a keyboard waits for a broker that is slow.
struct MediaAnswer {
    static constexpr auto kType = MessageType::media_answer;
    MediaVerdict verdict{};
    static constexpr auto kFields = std::tuple{field<1>(&MediaAnswer::verdict)};
};

template <>
inline constexpr std::uint64_t kLast<Settled> = static_cast<std::uint64_t>(Settled::driver);
template <>
inline constexpr std::uint64_t kLast<MediaVerdict> = static_cast<std::uint64_t>(MediaVerdict::allowed);

// Both ends of the one message that carries a device.
[[nodiscard]] inline MediaPlugged plugged(const media::Device& device) {
    MediaPlugged message;
    message.vendor = device.vendor;
    message.product = device.product;
    message.serial.assign(device.serial.begin(), device.serial.end());
    for (const media::Interface& one : device.interfaces)
        message.interfaces.insert(message.interfaces.end(), {one.cls, one.subclass, one.protocol});
    return message;
}
[[nodiscard]] inline media::Device device_in(const MediaPlugged& message) {
    media::Device device{message.vendor, message.product, {message.serial.begin(), message.serial.end()}, {}};
    for (std::size_t at = 0; at + 3 <= message.interfaces.size(); at += 3)
        device.interfaces.push_back({message.interfaces[at], message.interfaces[at + 1], message.interfaces[at + 2]});
    return device;
}

}  // namespace sekimori::wire
