// SPDX-License-Identifier: Apache-2.0
// A directory that looks like a USB device's in sysfs.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/unit/core/usb_descriptors.hpp"

namespace sekimori::udev {

class UsbTree {
  public:
    UsbTree() {
        std::string pattern = std::filesystem::temp_directory_path() / "sekimori-usb-XXXXXX";
        path_ = mkdtemp(pattern.data());
    }
    UsbTree(const UsbTree&) = delete;
    UsbTree& operator=(const UsbTree&) = delete;
    UsbTree(UsbTree&&) = delete;
    UsbTree& operator=(UsbTree&&) = delete;
    ~UsbTree() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] const std::string& path() const { return path_; }
    void write(const std::string& name, const std::string& content) const {
        const std::filesystem::path file = std::filesystem::path(path_) / name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << content;
    }
    [[nodiscard]] std::string read(const std::string& name) const {
        std::ifstream file(std::filesystem::path(path_) / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    // As the kernel shows a device that waits to be let in.
    void plug(const std::string& port, const usb::Bytes& descriptors, const std::string& serial = "") const {
        write(port + "/authorized", "0\n");
        write(port + "/descriptors", {descriptors.begin(), descriptors.end()});
        write(port + "/busnum", "1\n");
        write(port + "/devnum", "7\n");
        write(port + "/product", "Ultra \x1b[31mFit\n");
        if (!serial.empty()) write(port + "/serial", serial + "\n");
    }
    void bind(const std::string& port, const std::string& driver) const {
        const std::filesystem::path interface = std::filesystem::path(path_) / port / (port + ":1.0");
        std::filesystem::create_directories(interface);
        std::filesystem::create_symlink("../../../../bus/usb/drivers/" + driver, interface / "driver");
    }

  private:
    std::string path_;
};

inline usb::Bytes with(std::initializer_list<media::Interface> interfaces) {
    usb::Bytes all = usb::joined({usb::device(0x0781, 0x5581, 0, 1), usb::configuration()});
    for (const media::Interface& one : interfaces) all = usb::joined({all, usb::interface(one)});
    return all;
}
inline constexpr media::Interface kKeyboard{0x03, 1, 1}, kReader{0x0b, 0, 0}, kStick{0x08, 6, 0x50}, kPhone{0x06, 1, 1},
    kScanner{0xff, 0, 0};

}  // namespace sekimori::udev
