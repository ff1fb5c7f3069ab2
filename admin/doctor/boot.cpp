// SPDX-License-Identifier: Apache-2.0
// What a person at the machine can do before anybody has logged in, as far as software can see it.
#include <cstdlib>

#include "admin/doctor/checks.hpp"
#include "admin/doctor/settings.hpp"
#include "admin/text.hpp"

namespace sekimori::doctor {
namespace {

using admin::later;

constexpr const char* kUnits = "/etc/systemd/system/";

Check says(const char* id, Status status, std::vector<std::string> path, const char* message, const char* fix) {
    return {id, status, "", std::move(path), {message, {}}, {fix, {}}};
}

// An empty file, or a link to /dev/null, in the place of a unit.
bool is_masked(const Tree& tree, const std::string& unit) {
    const std::string file = kUnits + unit;
    return tree.exists(file) && tree.read(file).value_or("").empty();
}

bool has_word(const std::string& line, const std::string& word) {
    return (" " + trim(line) + " ").find(" " + word + " ") != std::string::npos;
}

void loader(Checks& checks, const Tree& tree) {
    constexpr const char* kGrub = "/boot/grub/grub.cfg";
    if (const auto grub = tree.read(kGrub)) {
        const bool guarded =
            grub->find("superusers") != std::string::npos && grub->find("password_pbkdf2") != std::string::npos;
        checks.push_back(
            guarded ? says("boot.loader", Status::ok, {kGrub},
                           later("The boot loader asks for a password before its entries are changed."), "")
                    : says("boot.loader", Status::warn, {kGrub},
                           later("The boot loader lets anybody change the kernel's command line (init=/bin/sh, "
                                 "rescue.target)."),
                           later("Give GRUB a password: grub-mkpasswd-pbkdf2, superusers in /etc/grub.d/40_custom.")));
    } else if (tree.exists("/boot/loader/loader.conf")) {
        checks.push_back(says("boot.loader", Status::warn, {"/boot/loader/loader.conf"},
                              later("Set editor no: otherwise anybody can change the kernel's command line."), ""));
    }
}

void firmware(Checks& checks, const Tree& tree) {
    constexpr const char* kSecureBoot = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
    const auto value = tree.read(kSecureBoot);
    const bool secure = value && value->size() == 5 && value->back() == 1;
    if (!secure)
        checks.push_back(says("boot.secure", Status::warn, {},
                              later("Secure Boot is off: another system can be started in the place of this one."),
                              later("Turn it on in the firmware.")));
    checks.push_back(
        says("boot.firmware", secure ? Status::ok : Status::warn, {},
             later("Only firmware and boot loader can refuse: another boot medium, init=/bin/sh, a shell in the "
                   "initramfs, a disk read elsewhere."),
             later("Firmware password, fixed boot order, Secure Boot, boot-loader password, encrypted root.")));
}

void shells(Checks& checks, const Tree& tree) {
    const std::string line = tree.read("/proc/cmdline").value_or("");
    bool debug = has_word(line, "systemd.debug_shell") || has_word(line, "systemd.debug-shell") ||
                 has_word(line, "systemd.debug_shell=1") || has_word(line, "systemd.debug-shell=1");
    for (const char* target : {"sysinit.target.wants", "multi-user.target.wants", "basic.target.wants"})
        debug = debug || tree.exists(std::string(kUnits) + target + "/debug-shell.service");
    if (debug)
        checks.push_back(says("boot.debug_shell", Status::fail, {"debug-shell.service"},
                              later("A root shell waits on tty9 without any factor."),
                              later("systemctl mask debug-shell.service")));
    for (const char* unit : {"rescue.service", "emergency.service"})
        for (const std::string& file : files_at(tree, std::string(kUnits) + unit + ".d", ".conf"))
            if (tree.read(file).value_or("").find("SYSTEMD_SULOGIN_FORCE") != std::string::npos)
                checks.push_back(says("boot.rescue", Status::fail, {file},
                                      later("The rescue shell opens without a password."), later("Remove it.")));
    const std::string shadow = tree.read("/etc/shadow").value_or("");
    if (shadow.starts_with("root:") && shadow.size() > 5 && shadow[5] != '!' && shadow[5] != '*')
        checks.push_back(says("boot.rescue", Status::warn, {"/etc/shadow"},
                              later("root has a password: it alone opens the rescue and emergency shells."),
                              later("passwd --lock root, once two administrators are enrolled.")));
}

// Names alone: the contents are root's.
void envelope(Checks& checks, const Tree& tree) {
    const std::string shelf = "/var/lib/sekimori-rescue";
    if (tree.exists(shelf + "/used"))
        checks.push_back(says("boot.rescue_code", Status::fail, {shelf + "/used"},
                              later("The rescue code was used: somebody had a root shell at the gate."),
                              later("Write down who and why, then: sekimori rescue renew")));
    else if (!tree.exists(shelf + "/code"))
        checks.push_back(says("boot.rescue_code", Status::warn, {shelf},
                              later("There is no rescue code: a machine that lets nobody in needs a rescue medium."),
                              later("sekimori rescue renew, and a sealed envelope.")));
    else
        checks.push_back(says("boot.rescue_code", Status::ok, {shelf + "/code"},
                              later("There is a rescue code that was not used."), ""));
}

void keys(Checks& checks, const Tree& tree) {
    if (!is_masked(tree, "ctrl-alt-del.target"))
        checks.push_back(says("boot.ctrl_alt_del", Status::warn, {"ctrl-alt-del.target"},
                              later("Ctrl-Alt-Del restarts the machine without anybody's card."),
                              later("systemctl mask ctrl-alt-del.target")));
    constexpr const char* kSysrq = "/proc/sys/kernel/sysrq";
    constexpr long kKeyboard = 4;  // back from raw mode: harmless
    const auto sysrq = tree.read(kSysrq);
    if (sysrq && (std::strtol(sysrq->c_str(), nullptr, 10) & ~kKeyboard) != 0)
        checks.push_back(says("boot.sysrq", Status::warn, {kSysrq},
                              later("The magic SysRq key can end processes, a screen locker too."),
                              later("kernel.sysrq=0 in a file below /etc/sysctl.d")));
}

}  // namespace

Checks check_boot(const Tree& tree) {
    Checks checks;
    loader(checks, tree);
    firmware(checks, tree);
    shells(checks, tree);
    envelope(checks, tree);
    keys(checks, tree);
    return checks;
}

}  // namespace sekimori::doctor
