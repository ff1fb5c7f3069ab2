// SPDX-License-Identifier: Apache-2.0
// One USB device as sysfs shows it. Its attributes are the device's own words: every read is bounded.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/media.hpp"
#include "protocol/channel.hpp"

namespace sekimori::udev {

// Opened while we are root; everything after that is read without any right.
class UsbDevice {
  public:
    // `directory`: of the device in sysfs. Errors: not_found (it is no USB device, or gone again).
    [[nodiscard]] static Result<UsbDevice> open(const std::string& directory);

    [[nodiscard]] const std::string& port() const noexcept { return port_; }
    // Errors: malformed, too_large.
    [[nodiscard]] Result<media::Device> read() const;
    [[nodiscard]] std::string product() const;
    [[nodiscard]] std::uint32_t number() const;
    [[nodiscard]] bool authorized() const;
    // Drivers of its interfaces.
    [[nodiscard]] std::vector<std::string> drivers() const;
    // Errors: gone.
    Status authorize();
    // Its drivers let it go; a file system on it is gone like that of a stick that was pulled.
    Status refuse();

  private:
    UsbDevice(std::string port, UniqueFd directory, UniqueFd switch_fd)
        : port_(std::move(port)), directory_(std::move(directory)), switch_(std::move(switch_fd)) {}
    Status write(std::string_view value);

    std::string port_;
    UniqueFd directory_;
    UniqueFd switch_;  // `authorized`, open for writing
};

// Names of the devices below /sys/bus/usb/devices, root hubs and interfaces left out; at most kMaxDevices.
inline constexpr std::size_t kMaxDevices = 512;
[[nodiscard]] std::vector<std::string> usb_devices(const std::string& directory);
[[nodiscard]] std::vector<std::string> root_hubs(const std::string& directory);
// At most `most` bytes of a file below `directory`; nullopt: not there, or longer.
[[nodiscard]] std::optional<std::string> content_of(int directory, const char* name, std::size_t most);

}  // namespace sekimori::udev
