// SPDX-License-Identifier: Apache-2.0
// The doors through which data leaves a machine: closed, or named.
#include <algorithm>
#include <array>

#include "admin/doctor/checks.hpp"
#include "admin/doctor/settings.hpp"
#include "admin/text.hpp"
#include "core/media.hpp"

namespace sekimori::doctor {
namespace {

using admin::later;

constexpr const char* kLockdown = "/etc/sekimori/lockdown";
constexpr const char* kList = "/etc/sekimori/usb.allow";
constexpr const char* kRules = "/usr/lib/udev/rules.d/60-sekimori-media.rules";
constexpr const char* kBuses = "/sys/bus/usb/devices";
constexpr const char* kModprobe = "/etc/modprobe.d";

Check says(const char* id, Status status, std::vector<std::string> path, const char* message, const char* fix) {
    return {id, status, "", std::move(path), {message, {}}, {fix, {}}};
}

std::string line_in(const Tree& tree, const std::string& path) { return trim(tree.read(path).value_or("")); }

void list(Checks& checks, const Tree& tree) {
    const auto text = tree.read(kList);
    if (!text) return;
    const media::NamedList names = media::read_list(*text);
    for (const std::size_t line : names.bad_lines)
        checks.push_back(says("media.list", Status::warn, {std::string(kList) + ":" + std::to_string(line)},
                              later("This line names no USB device; it opens nothing."),
                              later("VID:PID[:SERIAL] [CLASS,...]; storage is allowed by sekimori media allow.")));
}

void usb(Checks& checks, const Tree& tree) {
    std::vector<std::string> open;
    for (const std::string& name : tree.list(kBuses))
        if (const std::string file = std::string(kBuses) + "/" + name + "/authorized_default";
            name.starts_with("usb") && line_in(tree, file) != "0")
            open.push_back(file);
    if (!tree.exists(kLockdown)) {
        checks.push_back(says("media.usb", Status::fail, {kLockdown},
                              later("Whatever is plugged into USB can be used: sticks, phones, network adapters."),
                              later("sekimori setup --enable switches the lockdown on with the rest.")));
        return;
    }
    if (!tree.exists(kRules))
        checks.push_back(says("media.usb", Status::fail, {kRules}, later("It is not there."),
                              later("Install the package again: apt install --reinstall sekimori.")));
    else if (!open.empty())
        checks.push_back(says("media.usb", Status::fail, open,
                              later("What is plugged into this bus is used before anybody was asked."),
                              later("systemctl start sekimori-media.service; see the journal of systemd-udevd.")));
    else
        checks.push_back(says("media.usb", Status::ok, {}, later("What is plugged into USB has to be let in."), ""));
    // A bus that was there before udev: only usbcore itself can have told it.
    const std::string parameter = "/sys/module/usbcore/parameters/authorized_default";
    if (tree.exists(parameter) && line_in(tree, parameter) != "0")
        checks.push_back(
            says("media.start", Status::warn, {parameter},
                 later("What is plugged in when the machine starts is used until udev has run."),
                 later("update-initramfs -u and a restart; where usbcore is built in: usbcore.authorized_default=0 on "
                       "the kernel's command line.")));
}

bool is_blocked(const Tree& tree, const std::string& module) {
    for (const std::string& file : files_at(tree, kModprobe, ".conf"))
        if (tree.read(file).value_or("").find("install " + module + " /bin/false") != std::string::npos) return true;
    return false;
}

struct Door {
    const char* id;
    const char* directory;  // what is in it is there
    const char* prefix;
    const char* module;
    const char* message;
};
constexpr std::array kDoors{
    Door{"media.sd", "/sys/block", "mmcblk", "mmc_block", later("SD cards can be read and written.")},
    Door{"media.optical", "/sys/block", "sr", "sr_mod", later("Optical discs can be read and written.")},
    Door{"media.floppy", "/sys/block", "fd", "floppy", later("Floppy disks can be read and written.")},
    Door{"media.firewire", "/sys/bus/firewire/devices", "fw", "firewire_ohci", later("FireWire disks can be used.")},
    Door{"media.bluetooth", "/sys/class/bluetooth", "hci", "bluetooth",
         later("Files and network connections can go over Bluetooth.")},
};

// There, or nothing keeps it from coming.
void doors(Checks& checks, const Tree& tree) {
    for (const Door& door : kDoors) {
        std::vector<std::string> found;
        for (const std::string& name : tree.list(door.directory))
            if (name.starts_with(door.prefix)) found.push_back(std::string(door.directory) + "/" + name);
        if (found.empty() && is_blocked(tree, door.module)) {
            checks.push_back(says(door.id, Status::ok, {}, later("Closed: its driver is not loaded."), ""));
            continue;
        }
        if (found.empty()) found.push_back(door.module);
        checks.push_back(
            {door.id,
             Status::warn,
             "",
             std::move(found),
             {door.message, {}},
             {later("install {module} /bin/false in a file below /etc/modprobe.d, and a restart; or off in "
                    "the firmware."),
              {{"module", door.module}}}});
    }
}

// "user" and "secure" wait for somebody to let a device in; boltd does, "none" does not ask.
void thunderbolt(Checks& checks, const Tree& tree) {
    constexpr const char* kDomains = "/sys/bus/thunderbolt/devices";
    bool open = false;
    std::vector<std::string> found;
    for (const std::string& name : tree.list(kDomains)) {
        if (!name.starts_with("domain")) continue;
        found.push_back(std::string(kDomains) + "/" + name + "/security");
        open = open || line_in(tree, found.back()) == "none";
    }
    const bool asks_bolt =
        tree.exists("/usr/lib/systemd/system/bolt.service") && !tree.exists("/etc/systemd/system/bolt.service");
    if (found.empty() || (!open && !asks_bolt)) {
        checks.push_back(says("media.thunderbolt", Status::ok, std::move(found),
                              later("No Thunderbolt device is let in by itself."), ""));
        return;
    }
    checks.push_back(says("media.thunderbolt", Status::warn, std::move(found),
                          later("Thunderbolt devices are let in: disks and network adapters on PCI Express."),
                          later("Set the firmware's security level to user or usbonly; systemctl mask bolt.service.")));
}

// Disks that can be taken out and came by another way.
void others(Checks& checks, const Tree& tree) {
    for (const std::string& name : tree.list("/sys/block")) {
        const std::string disk = "/sys/block/" + name;
        const bool known = name.starts_with("mmcblk") || name.starts_with("sr") || name.starts_with("fd") ||
                           name.starts_with("loop") || name.starts_with("zram");
        if (known || line_in(tree, disk + "/removable") != "1") continue;
        checks.push_back(says("media.removable", Status::warn, {disk}, later("A disk that can be taken out is in use."),
                              later("Is it one that was allowed? sekimori media seen")));
    }
}

}  // namespace

Checks check_media(const Tree& tree) {
    Checks checks;
    list(checks, tree);
    usb(checks, tree);
    doors(checks, tree);
    thunderbolt(checks, tree);
    others(checks, tree);
    return checks;
}

}  // namespace sekimori::doctor
