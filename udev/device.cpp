// SPDX-License-Identifier: Apache-2.0
#include "udev/device.hpp"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <memory>

namespace sekimori::udev {
namespace {

constexpr std::size_t kMaxText = 512;  // 126 UTF-16 units in UTF-8, and the end of the line
constexpr std::size_t kMaxNumber = 16;
constexpr std::size_t kMaxName = 64;
constexpr std::size_t kMaxLook = 256;  // entries of a device's directory that are looked at for interfaces

struct Close {
    void operator()(DIR* directory) const noexcept { (void)closedir(directory); }
};
using Directory = std::unique_ptr<DIR, Close>;

Directory entries_of(int fd) {
    const int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR* directory = again < 0 ? nullptr : fdopendir(again);
    if (directory == nullptr && again >= 0) (void)close(again);
    return Directory(directory);
}

// What the kernel put behind the text.
std::string line_of(std::optional<std::string> text) {
    if (text && text->ends_with('\n')) text->pop_back();
    return text.value_or("");
}

std::uint32_t number_in(const std::optional<std::string>& text) {
    std::uint32_t number = 0;
    const std::string line = line_of(text);
    (void)std::from_chars(line.data(), line.data() + line.size(), number);
    return number;
}

std::vector<std::string> names_in(const std::string& directory, bool (*wanted)(std::string_view)) {
    std::vector<std::string> names;
    const Directory entries(opendir(directory.c_str()));
    while (const dirent* entry = entries ? readdir(entries.get()) : nullptr) {
        if (!wanted(entry->d_name)) continue;
        if (names.size() == kMaxDevices) break;
        names.emplace_back(entry->d_name);
    }
    std::ranges::sort(names);
    return names;
}

}  // namespace

std::optional<std::string> content_of(int directory, const char* name, std::size_t most) {
    const UniqueFd file(openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!file) return std::nullopt;
    std::string text(most + 1, '\0');
    std::size_t used = 0;
    while (used < text.size()) {
        const ssize_t got = ::read(file.get(), text.data() + used, text.size() - used);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return std::nullopt;
        if (got == 0) break;
        used += static_cast<std::size_t>(got);
    }
    if (used > most) return std::nullopt;
    text.resize(used);
    return text;
}

std::vector<std::string> usb_devices(const std::string& directory) {
    return names_in(directory, [](std::string_view name) {
        return !name.empty() && name.front() >= '1' && name.front() <= '9' && name.find(':') == name.npos;
    });
}

std::vector<std::string> root_hubs(const std::string& directory) {
    return names_in(directory, [](std::string_view name) { return name.starts_with("usb"); });
}

Result<UsbDevice> UsbDevice::open(const std::string& directory) {
    const auto none = [] { return fail(ErrorCode::not_found, "no USB device is there"); };
    // In /sys/bus/usb/devices they are links.
    UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) return none();
    UniqueFd switch_fd(openat(fd.get(), "authorized", O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!switch_fd) return none();
    const std::string port = directory.substr(directory.rfind('/') + 1);
    if (port.empty() || port.size() > kMaxName) return none();
    return UsbDevice(port, std::move(fd), std::move(switch_fd));
}

Result<media::Device> UsbDevice::read() const {
    const auto bytes = content_of(directory_.get(), "descriptors", media::kMaxDescriptors);
    if (!bytes) return fail(ErrorCode::too_large, "device: no descriptors that could be read");
    auto device = media::read_descriptors({reinterpret_cast<const std::uint8_t*>(bytes->data()), bytes->size()});
    if (device) device->serial = line_of(content_of(directory_.get(), "serial", kMaxText));
    return device;
}

std::string UsbDevice::product() const {
    return media::printable(line_of(content_of(directory_.get(), "product", kMaxText)), kMaxName);
}

std::uint32_t UsbDevice::number() const {
    return (number_in(content_of(directory_.get(), "busnum", kMaxNumber)) << 16) |
           (number_in(content_of(directory_.get(), "devnum", kMaxNumber)) & 0xffff);
}

bool UsbDevice::authorized() const { return line_of(content_of(directory_.get(), "authorized", kMaxNumber)) == "1"; }

std::vector<std::string> UsbDevice::drivers() const {
    std::vector<std::string> found;
    const Directory entries = entries_of(directory_.get());
    std::size_t looked_at = 0;
    while (const dirent* entry = entries ? readdir(entries.get()) : nullptr) {
        const std::string_view name(entry->d_name);
        if (!name.starts_with(port_ + ":") || ++looked_at > kMaxLook) continue;
        std::string target(PATH_MAX, '\0');
        const ssize_t size =
            readlinkat(directory_.get(), (std::string(name) + "/driver").c_str(), target.data(), target.size());
        if (size <= 0) continue;
        target.resize(static_cast<std::size_t>(size));
        found.push_back(target.substr(target.rfind('/') + 1));
    }
    return found;
}

Status UsbDevice::write(std::string_view value) {
    while (pwrite(switch_.get(), value.data(), value.size(), 0) != static_cast<ssize_t>(value.size()))
        if (errno != EINTR) return fail(ErrorCode::gone, "the device does not take it: it is gone");
    return {};
}
Status UsbDevice::authorize() { return write("1"); }
Status UsbDevice::refuse() { return write("0"); }

}  // namespace sekimori::udev
