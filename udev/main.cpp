// SPDX-License-Identifier: Apache-2.0
// sekimori-media: lets a USB device in, or leaves it refused.
//
//   sekimori-media        by udev, for the device of the event (ACTION, DEVPATH)
//   sekimori-media --all  by systemd: the buses are closed, and everything that is plugged in is looked at again
//
// 0: judged, whichever way. Anything else: it could not be; udev's rules then let in what is plainly a keyboard.
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <string_view>

#include "udev/broker.hpp"
#include "udev/rights.hpp"

namespace sekimori::udev {
namespace {

constexpr const char* kSocket = "/run/sekimori/media.sock";
constexpr const char* kList = "/etc/sekimori/usb.allow";
constexpr const char* kDevices = "/sys/bus/usb/devices";
constexpr std::size_t kMaxList = std::size_t{64} * 1024;

enum class Exit : int { judged = 0, failed = 1, usage = 2 };

int ended(Exit exit, const char* why = nullptr) {
    if (why != nullptr) std::fprintf(stderr, "sekimori-media: %s\n", why);
    return static_cast<int>(exit);
}

media::NamedList list() { return media::read_list(content_of(AT_FDCWD, kList, kMaxList).value_or("")); }

// What is plugged in from now on has to be let in.
void close_buses() {
    for (const std::string& hub : root_hubs(kDevices)) {
        const UniqueFd file(
            open((std::string(kDevices) + "/" + hub + "/authorized_default").c_str(), O_WRONLY | O_CLOEXEC));
        if (!file || pwrite(file.get(), "0", 1, 0) != 1) (void)ended(Exit::failed, "a bus can't be closed");
    }
}

int all() {
    close_buses();
    std::vector<UsbDevice> devices;
    for (const std::string& name : usb_devices(kDevices))
        if (auto device = UsbDevice::open(std::string(kDevices) + "/" + name)) devices.push_back(std::move(*device));
    if (auto given_up = become_owner_of(kSocket); !given_up)
        return ended(Exit::failed, given_up.error().message.c_str());
    const media::NamedList named = list();
    Broker broker(kSocket);
    broker.swept();
    const Ask ask = [&](const wire::MediaPlugged& device) { return broker.ask(device); };
    for (UsbDevice& device : devices)
        (void)judge(device, named.entries, ask);  // one that is gone meanwhile is no error
    return ended(Exit::judged);
}

// "/devices/pci0000:00/0000:00:14.0/usb1/1-4"; an interface's event (a driver was bound) concerns its device.
std::string directory_of(std::string_view devpath) {
    if (!devpath.starts_with("/devices/") || devpath.find("..") != devpath.npos) return {};
    const std::size_t name = devpath.rfind('/') + 1;
    if (devpath.find(':', name) != devpath.npos) devpath = devpath.substr(0, name - 1);
    return "/sys" + std::string(devpath);
}

int by_udev(std::string_view action, std::string_view devpath) {
    const std::string directory = directory_of(devpath);
    if (directory.empty()) return ended(Exit::usage, "no device is named");
    const std::string port = directory.substr(directory.rfind('/') + 1);
    Broker broker(kSocket);
    if (action == "remove") {
        if (auto given_up = become_owner_of(kSocket); !given_up) return ended(Exit::failed);
        broker.gone(port);
        return ended(Exit::judged);
    }
    if (port.starts_with("usb")) return ended(Exit::judged);  // the bus itself
    auto device = UsbDevice::open(directory);
    if (!device) return ended(Exit::failed, device.error().message.c_str());
    if (auto given_up = become_owner_of(kSocket); !given_up)
        return ended(Exit::failed, given_up.error().message.c_str());
    const auto judged = judge(*device, list().entries, [&](const wire::MediaPlugged& one) { return broker.ask(one); });
    return judged ? ended(Exit::judged) : ended(Exit::failed, judged.error().message.c_str());
}

}  // namespace
}  // namespace sekimori::udev

int main(int argc, char** argv) {
    using namespace sekimori::udev;
    if (argc == 2 && std::string_view(argv[1]) == "--all") return all();
    const char* action = getenv("ACTION");
    const char* devpath = getenv("DEVPATH");
    if (argc != 1 || action == nullptr || devpath == nullptr)
        return ended(Exit::usage, "usage: sekimori-media --all, or by udev's rules");
    return by_udev(action, devpath);
}
