// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/admin/doctor/trees.hpp"

namespace sekimori::doctor::test {

std::map<std::string, std::string> good_files() {
    std::map<std::string, std::string> files;
    const auto pam = [&](const std::string& name, const std::string& text) { files["/etc/pam.d/" + name] = text; };
    pam("common-auth",
        "# here are the per-package modules (the \"Primary\" block)\n"
        "auth\t[success=2 default=die]\tpam_sekimori.so\n"
        "auth\t[success=1 default=ignore]\tpam_unix.so nullok\n"
        "auth\trequisite\t\t\tpam_deny.so\n"
        "auth\trequired\t\t\tpam_permit.so\n"
        "auth\toptional\t\t\tpam_cap.so \n");
    pam("common-account",
        "account\t[success=1 new_authtok_reqd=done default=ignore]\tpam_unix.so \n"
        "account\trequisite\t\t\tpam_deny.so\n"
        "account\trequired\t\t\tpam_permit.so\n"
        "account\trequired\t\t\tpam_sekimori.so\n");
    const std::string session =
        "session\t[default=1]\t\t\tpam_permit.so\n"
        "session\trequisite\t\t\tpam_deny.so\n"
        "session\trequired\t\t\tpam_permit.so\n"
        "session\trequired\tpam_unix.so \n";
    pam("common-session", session + "session\toptional\tpam_systemd.so \nsession\trequired\tpam_sekimori.so\n");
    pam("common-session-noninteractive", session);
    pam("common-password",
        "password\t[success=1 default=ignore]\tpam_unix.so obscure yescrypt\n"
        "password\trequisite\t\t\tpam_deny.so\npassword\trequired\t\t\tpam_permit.so\n");
    const std::string all = "@include common-auth\n@include common-account\n@include common-session\n";
    pam("other", all + "@include common-password\n");
    pam("login",
        "auth       optional   pam_faildelay.so  delay=3000000\n"
        "auth       requisite  pam_nologin.so\n"
        "session [success=ok ignore=ignore module_unknown=ignore default=bad] pam_selinux.so close\n" +
            all + "auth       optional   pam_group.so\n@include common-password\n");
    pam("su", "auth       sufficient pam_rootok.so\nsession    required   pam_limits.so\n" + all);
    pam("su-l",
        "auth\t\tinclude\t\tsu\naccount\t\tinclude\t\tsu\npassword\tinclude\t\tsu\n"
        "session\t\toptional\tpam_keyinit.so force revoke\nsession\t\tinclude\t\tsu\n");
    pam("sudo",
        "session    required   pam_limits.so\n@include common-auth\n@include common-account\n"
        "@include common-session-noninteractive\n");
    pam("sshd",
        "@include common-auth\naccount    required     pam_nologin.so\n@include common-account\n@include "
        "common-session\n");
    pam("cron",
        "@include common-auth\nsession    required     pam_loginuid.so\n@include common-account\n"
        "@include common-session-noninteractive \n");
    pam("gdm-password",
        "#%PAM-1.0\nauth    requisite       pam_nologin.so\nauth\trequired\tpam_succeed_if.so user != root "
        "quiet_success\n"
        "@include common-auth\nauth    optional        pam_gnome_keyring.so\n@include common-account\n@include "
        "common-session\n");
    pam("lightdm-greeter",
        "auth      required pam_permit.so\naccount   required pam_permit.so\nsession   optional pam_systemd.so\n");
    pam("xscreensaver", "@include common-auth\n@include common-account\n");
    files["/usr/lib/pam.d/systemd-user"] =
        "@include common-account\nsession  required pam_loginuid.so\n@include common-session-noninteractive\n"
        "session  optional pam_systemd.so\n";
    files["/usr/lib/pam.d/polkit-1"] =
        "@include common-auth\n@include common-account\n@include common-session-noninteractive\n";
    files["/etc/sudoers"] =
        "Defaults\tenv_reset\nroot\tALL=(ALL:ALL) ALL\n%sudo\tALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n";
    files["/etc/sudoers.d/sekimori"] = "Defaults timestamp_timeout=0\n";
    for (const char* module :
         {"cap", "deny", "faildelay", "fprintd", "gnome_keyring", "group", "keyinit", "limits", "localuser", "loginuid",
          "nologin", "permit", "rootok", "sekimori", "selinux", "succeed_if", "systemd", "unix"})
        files[std::string("/lib/x86_64-linux-gnu/security/pam_") + module + ".so"] =
            "\x7f"
            "ELF";
    return files;
}

}  // namespace sekimori::doctor::test
