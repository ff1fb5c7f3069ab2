// SPDX-License-Identifier: Apache-2.0
// The doors of data, closed and open.
#include <gmock/gmock.h>

#include "admin/doctor/checks.hpp"

namespace sekimori::doctor::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;

std::vector<std::string> found(std::map<std::string, std::string> files) {
    MemoryTree tree;
    tree.files = std::move(files);
    std::vector<std::string> ids;
    for (const Check& check : check_media(tree)) ids.push_back(std::string(name_of(check.status)) + " " + check.id);
    return ids;
}

std::map<std::string, std::string> closed() {
    return {{"/etc/sekimori/lockdown", ""},
            {"/etc/sekimori/usb.allow", "# none\n05ba:000a ff\n"},
            {"/usr/lib/udev/rules.d/60-sekimori-media.rules", ""},
            {"/sys/bus/usb/devices/usb1/authorized_default", "0\n"},
            {"/sys/bus/usb/devices/1-1/authorized", "1\n"},
            {"/sys/module/usbcore/parameters/authorized_default", "0\n"},
            {"/sys/block/sda/removable", "0\n"},
            {"/etc/modprobe.d/sekimori-media.conf",
             "install mmc_block /bin/false\ninstall sr_mod /bin/false\ninstall floppy /bin/false\n"
             "install firewire_ohci /bin/false\ninstall bluetooth /bin/false\n"}};
}

TEST(DoctorMedia, AClosedMachine) {
    EXPECT_THAT(found(closed()), ElementsAre("ok media.usb", "ok media.sd", "ok media.optical", "ok media.floppy",
                                             "ok media.firewire", "ok media.bluetooth", "ok media.thunderbolt"));
}

TEST(DoctorMedia, EachOpenDoorIsNamed) {
    struct Opened {
        const char *path, *content, *id;
    };
    for (const Opened& one : {Opened{"/sys/bus/usb/devices/usb2/authorized_default", "1\n", "fail media.usb"},
                              {"/sys/module/usbcore/parameters/authorized_default", "-1\n", "warn media.start"},
                              {"/etc/sekimori/usb.allow", "05ba:000a 08\n", "warn media.list"},
                              {"/sys/block/mmcblk0/size", "1", "warn media.sd"},
                              {"/sys/block/sr0/size", "1", "warn media.optical"},
                              {"/sys/block/fd0/size", "1", "warn media.floppy"},
                              {"/sys/bus/firewire/devices/fw0/guid", "1", "warn media.firewire"},
                              {"/sys/class/bluetooth/hci0/address", "1", "warn media.bluetooth"},
                              {"/sys/bus/thunderbolt/devices/domain0/security", "none\n", "warn media.thunderbolt"},
                              {"/sys/block/sdb/removable", "1\n", "warn media.removable"}}) {
        auto files = closed();
        files[one.path] = one.content;
        EXPECT_THAT(found(files), Contains(one.id)) << one.path;
    }
}

TEST(DoctorMedia, WithoutTheLockdownOrItsRulesUsbIsOpen) {
    for (const char* missing : {"/etc/sekimori/lockdown", "/usr/lib/udev/rules.d/60-sekimori-media.rules"}) {
        auto files = closed();
        files.erase(missing);
        EXPECT_THAT(found(files), Contains("fail media.usb")) << missing;
        EXPECT_THAT(found(files), Not(Contains("ok media.usb"))) << missing;
    }
    auto files = closed();
    files.erase("/etc/modprobe.d/sekimori-media.conf");
    for (const char* id : {"warn media.sd", "warn media.optical", "warn media.bluetooth"})
        EXPECT_THAT(found(files), Contains(id)) << "nothing keeps a driver from coming";
}

TEST(DoctorMedia, BoltLetsThunderboltIn) {
    auto files = closed();
    files["/sys/bus/thunderbolt/devices/domain0/security"] = "user\n";
    EXPECT_THAT(found(files), Contains("ok media.thunderbolt"));
    files["/usr/lib/systemd/system/bolt.service"] = "";
    EXPECT_THAT(found(files), Contains("warn media.thunderbolt"));
    files["/etc/systemd/system/bolt.service"] = "";
    EXPECT_THAT(found(files), Contains("ok media.thunderbolt"));
}

}  // namespace
}  // namespace sekimori::doctor::test
