// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "admin/doctor/checks.hpp"
#include "admin/doctor/pam_control.hpp"
#include "admin/doctor/settings.hpp"
#include "admin/text.hpp"

namespace sekimori::doctor {
namespace {

using admin::later;

struct Where {
    const char *path, *suffix, *section, *key;
};
// Section "": any.
constexpr Where kNames[] = {
    {"/etc/lightdm/lightdm.conf", "", "", "autologin-user"},
    {"/etc/lightdm/lightdm.conf.d", ".conf", "", "autologin-user"},
    {"/usr/share/lightdm/lightdm.conf.d", ".conf", "", "autologin-user"},
    {"/etc/sddm.conf", "", "Autologin", "User"},
    {"/etc/sddm.conf.d", ".conf", "Autologin", "User"},
    {"/usr/lib/sddm/sddm.conf.d", ".conf", "Autologin", "User"},
    {"/etc/greetd/config.toml", "", "initial_session", "user"},
};
constexpr Where kSwitches[] = {
    {"/etc/lightdm/lightdm.conf", "", "", "autologin-guest"},
    {"/etc/lightdm/lightdm.conf.d", ".conf", "", "autologin-guest"},
    {"/etc/gdm3/daemon.conf", "", "daemon", "AutomaticLoginEnable"},
    {"/etc/gdm3/custom.conf", "", "daemon", "AutomaticLoginEnable"},
    {"/etc/gdm3/daemon.conf", "", "daemon", "TimedLoginEnable"},
    {"/etc/gdm3/custom.conf", "", "daemon", "TimedLoginEnable"},
};

void look(Checks& checks, const Tree& tree, const Where& where, bool (*on)(const std::string&)) {
    for (const std::string& file : files_at(tree, where.path, where.suffix))
        for (const Setting& setting : settings_in(tree.read(file).value_or("")))
            if (same_word(setting.key, where.key) && (*where.section == '\0' || setting.section == where.section) &&
                on(setting.value))
                checks.push_back({"autologin",
                                  Status::fail,
                                  "",
                                  {file + ":" + std::to_string(setting.line)},
                                  {later("A login without anybody's card and finger: {text}"),
                                   {{"text", setting.key + "=" + setting.value}}},
                                  {later("Remove it."), {}}});
}

// Units of gettys, with their drop-ins.
void look_at_gettys(Checks& checks, const Tree& tree) {
    constexpr std::string_view kUnits = "/etc/systemd/system";
    for (const std::string& unit : tree.list(std::string(kUnits))) {
        if (unit.find("getty") == std::string::npos) continue;
        const std::string path = std::string(kUnits) + "/" + unit;
        for (const std::string& file : files_at(tree, path, ".conf"))
            for (const Setting& setting : settings_in(tree.read(file).value_or("")))
                if (setting.key == "ExecStart" && (setting.value.find("--autologin") != std::string::npos ||
                                                   setting.value.find(" -a ") != std::string::npos))
                    checks.push_back(
                        {"autologin",
                         Status::fail,
                         "",
                         {file + ":" + std::to_string(setting.line)},
                         {later("A login without anybody's card and finger: {text}"), {{"text", setting.value}}},
                         {later("Remove it."), {}}});
    }
}

}  // namespace

Checks check_autologin(const Tree& tree) {
    Checks checks;
    for (const Where& where : kNames)
        look(checks, tree, where, [](const std::string& value) { return !value.empty() && value != "\"\""; });
    for (const Where& where : kSwitches)
        look(checks, tree, where, [](const std::string& value) { return is_true(value); });
    look_at_gettys(checks, tree);
    return checks;
}

}  // namespace sekimori::doctor
