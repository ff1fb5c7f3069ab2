// SPDX-License-Identifier: Apache-2.0
// Judge: lets one device in or keeps it out. By class and by name it decides alone, so that a keyboard works without a
// broker (in the initramfs, say); for everything else it asks, and takes silence for a no.
#pragma once

#include <functional>
#include <optional>

#include "protocol/schema.hpp"
#include "udev/device.hpp"

namespace sekimori::udev {

// The broker's answer; nullopt: there was none.
using Ask = std::function<std::optional<wire::MediaVerdict>(const wire::MediaPlugged&)>;

// What was settled, and whether it may be used by that.
struct Judgement {
    wire::Settled settled{};
    wire::MediaVerdict alone{};
};
[[nodiscard]] Judgement settle(const Result<media::Device>& device, std::span<const media::Named> list,
                               std::span<const std::string> drivers);

// Writes the device's switch where it has to be changed. Errors: gone.
Status judge(UsbDevice& device, std::span<const media::Named> list, const Ask& ask);

}  // namespace sekimori::udev
