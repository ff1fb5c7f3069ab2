// SPDX-License-Identifier: Apache-2.0
// Machines that were broken on purpose: each is found, with its path; the one that was not is left in peace.
#include <gtest/gtest.h>

#include <algorithm>

#include "admin/doctor/disk_tree.hpp"
#include "admin/doctor/examine.hpp"
#include "tests/unit/admin/doctor/real_pam.hpp"
#include "tests/unit/admin/doctor/trees.hpp"

namespace sekimori::doctor::test {
namespace {

using Files = std::map<std::string, std::string>;

// Examined on a disk, as --root does.
Checks examine(const Files& files) {
    const Folder folder;
    for (const auto& [path, content] : files) folder.write(path.substr(1), content);
    const DiskTree tree(DiskTree::open_root(folder.path()).value());
    return examine_tree(tree);
}

std::string shown(const Checks& checks) {
    std::string text;
    for (const Check& check : checks) {
        if (check.status == Status::ok) continue;
        text += std::string(name_of(check.status)) + " " + check.id + " " + check.service + ": " +
                check.message.english + "\n";
        for (const std::string& line : check.path) text += "    " + line + "\n";
    }
    return text;
}

// There is a finding of this kind whose path names this place.
bool finds(const Checks& checks, const std::string& id, const std::string& service, const std::string& place) {
    return std::any_of(checks.begin(), checks.end(), [&](const Check& check) {
        return check.status == Status::fail && check.id == id && check.service == service &&
               std::any_of(check.path.begin(), check.path.end(),
                           [&](const std::string& line) { return line.find(place) != std::string::npos; });
    });
}

std::string& pam(Files& files, const std::string& name) { return files["/etc/pam.d/" + name]; }

void replace(std::string& text, const std::string& what, const std::string& by) {
    const std::size_t at = text.find(what);
    ASSERT_NE(at, std::string::npos) << what;
    text.replace(at, what.size(), by);
}

TEST(DoctorStacks, AGoodMachineHasNoFailure) {
    const Checks checks = examine(good_files());
    EXPECT_TRUE(with_status(checks, Status::fail).empty()) << shown(checks);
    EXPECT_GE(with_status(checks, Status::ok).size(), 9U);
}

// Without a module, a sudoers file or a service of the machine's own: the PAM directory alone.
TEST(DoctorStacks, ThePamDirectoryIsEnough) {
    Files files;
    for (const auto& [path, content] : good_files())
        if (path.find("/pam.d/") != std::string::npos) files[path] = content;
    const Checks checks = examine(files);
    EXPECT_TRUE(with_status(checks, Status::fail).empty()) << shown(checks);
}

struct Break {
    const char* name;
    void (*how)(Files&);
    const char *id, *service, *place;
};
constexpr const char* kOurs = "auth\t[success=2 default=die]\tpam_sekimori.so\n";
constexpr const char* kOursAccount = "account\trequired\t\t\tpam_sekimori.so\n";

const Break kBreaks[] = {
    {"SufficientBeforeOurs", [](Files& f) { pam(f, "common-auth").insert(0, "auth sufficient pam_fprintd.so\n"); },
     "pam.auth", "login", "common-auth:1 pam_fprintd.so"},
    {"OursIsOptional", [](Files& f) { replace(pam(f, "common-auth"), "[success=2 default=die]", "optional"); },
     "pam.auth", "gdm-password", "pam_unix.so"},
    {"ModuleIsMissing",
     [](Files& f) {
         f.erase("/lib/x86_64-linux-gnu/security/pam_sekimori.so");
         replace(pam(f, "common-auth"), "default=die", "module_unknown=ignore default=die");
     },
     "pam.auth", "sudo", "pam_sekimori.so → ignore (module_unknown)"},
    {"MissingEverywhere", [](Files& f) { f.erase("/lib/x86_64-linux-gnu/security/pam_sekimori.so"); }, "pam.module",
     "cron", "pam_sekimori.so"},
    {"JumpOverOurs",
     [](Files& f) {
         pam(f, "sshd") =
             "auth [success=1 default=ignore] pam_localuser.so\nauth required pam_sekimori.so\n"
             "auth required pam_unix.so\n@include common-account\n";
     },
     "pam.auth", "sshd", "sshd:1 pam_localuser.so → skip 1 (success)"},
    {"DefaultIgnore", [](Files& f) { replace(pam(f, "common-auth"), "default=die", "default=ignore"); }, "pam.auth",
     "polkit-1", "pam_unix.so"},
    {"Observe",
     [](Files& f) { replace(pam(f, "common-auth"), kOurs, "auth [default=ignore] pam_sekimori.so observe\n"); },
     "pam.auth", "login", "pam_sekimori.so → ignore (cred_insufficient)"},
    {"OtherPermits",
     [](Files& f) { pam(f, "other") = "auth required pam_permit.so\naccount required pam_permit.so\n"; }, "pam.auth",
     "other", "other:1 pam_permit.so"},
    {"AccountIsNotRequired", [](Files& f) { replace(pam(f, "common-account"), kOursAccount, ""); }, "pam.account",
     "sshd", "common-account:3 pam_permit.so"},
    {"AccountIsOptional",
     [](Files& f) { replace(pam(f, "common-account"), kOursAccount, "account optional pam_sekimori.so\n"); },
     "pam.account", "cron", "pam_sekimori.so → ignore"},
    {"AccountIsSufficientBefore",
     [](Files& f) { pam(f, "common-account").insert(0, "account sufficient pam_localuser.so\n"); }, "pam.account",
     "sudo", "common-account:1 pam_localuser.so → done"},
    {"IncludedPermit",
     [](Files& f) {
         pam(f, "sudo") = "auth include site\n@include common-auth\n@include common-account\n";
         pam(f, "site") = "auth sufficient pam_permit.so\naccount required pam_sekimori.so\n";
     },
     "pam.auth", "sudo", "site:1 pam_permit.so → done"},
    {"NoPassword", [](Files& f) { f["/etc/sudoers.d/admins"] = "%admin ALL=(ALL) NOPASSWD: ALL\n"; }, "sudo.nopasswd",
     "sudo", "/etc/sudoers.d/admins:1"},
    {"SuccessIsIgnored",
     [](Files& f) { replace(pam(f, "common-auth"), "success=2 default=die", "success=ignore default=ignore"); },
     "pam.auth", "xscreensaver", "pam_unix.so"},
    {"FallsBackToAPassword",
     [](Files& f) { replace(pam(f, "common-auth"), "default=die", "authinfo_unavail=ignore default=die"); }, "pam.auth",
     "login", "pam_sekimori.so → ignore (authinfo_unavail)"},
    {"GreeterOfItsOwn",
     [](Files& f) { pam(f, "gdm-fingerprint") = "auth required pam_fprintd.so\n@include common-account\n"; },
     "pam.auth", "gdm-fingerprint", "gdm-fingerprint:1 pam_fprintd.so → ok"},
    {"SubstackIsNotEnough",
     [](Files& f) {
         pam(f, "sudo") = "auth substack gate\nauth sufficient pam_unix.so\n@include common-account\n";
         pam(f, "gate") = "auth [success=done default=ignore] pam_sekimori.so\naccount required pam_sekimori.so\n";
     },
     "pam.auth", "sudo", "sudo:2 pam_unix.so → done"},
    {"RootokWhereTheHostIsRoot", [](Files& f) { pam(f, "login").insert(0, "auth sufficient pam_rootok.so\n"); },
     "pam.auth", "login", "login:1 pam_rootok.so → done"},
    {"AnotherSocket",
     [](Files& f) { replace(pam(f, "common-auth"), "pam_sekimori.so\n", "pam_sekimori.so socket=/tmp/s\n"); },
     "pam.auth", "sudo", "pam_sekimori.so → skip 2 (success)"},
    {"AnotherModuleOfThatName",
     [](Files& f) {
         replace(pam(f, "common-auth"), "pam_sekimori.so\n", "/opt/pam_sekimori.so\n");
         f["/opt/pam_sekimori.so"] = "";
     },
     "pam.auth", "sudo", "/opt/pam_sekimori.so → skip 2 (success)"},
    {"ServiceFileShadowsTheVendors",
     [](Files& f) { pam(f, "polkit-1") = "auth required pam_unix.so\n@include common-account\n"; }, "pam.auth",
     "polkit-1", "/etc/pam.d/polkit-1:1 pam_unix.so"},
    {"NoProfileAtAll",
     [](Files& f) {
         replace(pam(f, "common-auth"), kOurs, "");
         replace(pam(f, "common-account"), kOursAccount, "");
     },
     "pam.auth", "other", "pam_unix.so → skip 1 (success)"},
};

class BrokenStack : public testing::TestWithParam<Break> {};
TEST_P(BrokenStack, IsFoundWithItsPath) {
    const Break& broken = GetParam();
    Files files = good_files();
    broken.how(files);
    const Checks checks = examine(files);
    EXPECT_TRUE(finds(checks, broken.id, broken.service, broken.place)) << shown(checks);
}
INSTANTIATE_TEST_SUITE_P(Doctor, BrokenStack, testing::ValuesIn(kBreaks),
                         [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace sekimori::doctor::test
