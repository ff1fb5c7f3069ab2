// SPDX-License-Identifier: Apache-2.0
// The examinations besides PAM.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "admin/doctor/checks.hpp"
#include "admin/doctor/disk_tree.hpp"
#include "admin/doctor/process.hpp"
#include "admin/doctor/sudoers.hpp"
#include "tests/unit/admin/doctor/real_pam.hpp"

namespace sekimori::doctor::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Kind = SudoFinding::Kind;

std::vector<Kind> kinds_in(std::string_view line) {
    std::vector<Kind> kinds;
    for (const SudoFinding& finding : findings_in(line)) kinds.push_back(finding.kind);
    return kinds;
}

std::vector<std::string> ids(const Checks& checks) {
    std::vector<std::string> ids;
    for (const Check& check : checks) ids.push_back(std::string(name_of(check.status)) + " " + check.id);
    return ids;
}

Checks over(Checks (*check)(const Tree&), std::map<std::string, std::string> files) {
    MemoryTree tree;
    tree.files = std::move(files);
    return check(tree);
}

TEST(Sudoers, FindsWhatSoftens) {
    EXPECT_THAT(kinds_in("%admin ALL=(ALL:ALL) NOPASSWD: ALL"), ElementsAre(Kind::no_password));
    EXPECT_THAT(kinds_in("alice ALL=(ALL) PASSWD: /bin/a, NOPASSWD : /bin/b"), ElementsAre(Kind::no_password));
    EXPECT_THAT(kinds_in("#1000 ALL=NOPASSWD:ALL"), ElementsAre(Kind::no_password));
    EXPECT_THAT(kinds_in("root ALL=(ALL) NOPASSWD: ALL"), IsEmpty());
    EXPECT_THAT(kinds_in("alice ALL=(ALL) /bin/NOPASSWD"), IsEmpty());
    EXPECT_THAT(kinds_in("Defaults:alice env_reset, !authenticate"), ElementsAre(Kind::no_authentication));
    EXPECT_THAT(kinds_in("Defaults !pam_acct_mgmt,exempt_group=staff"),
                ElementsAre(Kind::no_account, Kind::exempt_group));
    EXPECT_THAT(kinds_in("Defaults !!authenticate"), IsEmpty());
    EXPECT_THAT(kinds_in("Defaults badpass_message=\"a, !authenticate\""), IsEmpty());
    EXPECT_EQ(findings_in("Defaults timestamp_timeout = 5").at(0).text, "5");
    EXPECT_EQ(findings_in("#includedir /etc/sudoers.d").at(0),
              (SudoFinding{Kind::include_directory, "/etc/sudoers.d"}));
}

TEST(Sudoers, JoinsLinesAndDropsRemarks) {
    const auto lines = sudo_lines("# a \\\nb ALL=ALL # c\n\nd ALL= \\\n NOPASSWD: \\\n ALL\n#include x\n");
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_EQ(lines[0].text, "b ALL=ALL");
    EXPECT_EQ(lines[1].number, 4U);
    EXPECT_THAT(kinds_in(lines[1].text), ElementsAre(Kind::no_password));
}

TEST(Sudoers, IncludesAreFollowedAndTheLastTicketCounts) {
    EXPECT_THAT(over(check_sudo, {}), IsEmpty());
    EXPECT_THAT(ids(over(check_sudo, {{"/etc/sudoers", "root ALL=ALL\n"}})), ElementsAre("warn sudo.ticket"));
    EXPECT_THAT(ids(over(check_sudo, {{"/etc/sudoers", "Defaults timestamp_timeout=5\n@includedir sudoers.d\n"},
                                      {"/etc/sudoers.d/a", "Defaults timestamp_timeout=0\n"},
                                      {"/etc/sudoers.d/b.bak", "b ALL=NOPASSWD: ALL\n"}})),
                ElementsAre("ok sudo"));
    EXPECT_THAT(ids(over(check_sudo, {{"/etc/sudoers", "@include /etc/sudoers\nDefaults !timestamp_timeout\n"}})),
                ElementsAre("warn sudo.file"));
}

TEST(Autologin, IsFoundWhereverItIsSet) {
    for (const auto& [path, text] : std::map<std::string, std::string>{
             {"/etc/lightdm/lightdm.conf", "[Seat:*]\n#autologin-user=x\nautologin-user=alice\n"},
             {"/etc/lightdm/lightdm.conf.d/50.conf", "[Seat:*]\nautologin-guest=true\n"},
             {"/etc/gdm3/daemon.conf", "[daemon]\nAutomaticLoginEnable = True\n"},
             {"/etc/sddm.conf", "[Autologin]\nUser=alice\n"},
             {"/etc/greetd/config.toml", "[initial_session]\ncommand = \"sway\"\nuser = \"alice\"\n"},
             {"/etc/systemd/system/getty@tty1.service.d/a.conf",
              "[Service]\nExecStart=\nExecStart=-/sbin/agetty --autologin alice %I\n"}})
        EXPECT_THAT(ids(over(check_autologin, {{path, text}})), ElementsAre("fail autologin")) << path;
    EXPECT_THAT(
        over(check_autologin, {{"/etc/lightdm/lightdm.conf", "[Seat:*]\nautologin-user=\nautologin-guest=false\n"},
                               {"/etc/gdm3/daemon.conf", "[daemon]\n# AutomaticLoginEnable = true\n"}}),
        IsEmpty());
}

TEST(Polkit, KeptAnswersAreAWarningUntilOurRuleIsThere) {
    std::map<std::string, std::string> files{
        {"/usr/share/polkit-1/actions/a.policy", "<allow_active>auth_admin_keep</allow_active>"}};
    EXPECT_THAT(ids(over(check_polkit, files)), ElementsAre("warn polkit.keep"));
    files["/etc/polkit-1/rules.d/00-sekimori.rules"] = "no more of them";
    EXPECT_THAT(ids(over(check_polkit, files)), ElementsAre("ok polkit"));
    files["/etc/polkit-1/rules.d/50-wheel.rules"] = "return polkit.Result.YES;";
    EXPECT_THAT(ids(over(check_polkit, files)), ElementsAre("warn polkit.yes"));
}

TEST(Lockers, AreJudgedByWhatWasMeasured) {
    EXPECT_THAT(over(check_lockers, {}), IsEmpty());
    EXPECT_THAT(ids(over(check_lockers, {{"/usr/sbin/lightdm", ""}})), ElementsAre("warn locker"));
    EXPECT_THAT(ids(over(check_lockers, {{"/usr/bin/xsecurelock", ""}, {"/usr/bin/i3lock", ""}})),
                ElementsAre("ok locker", "warn locker"));
}

TEST(Linger, NamesTheUser) {
    EXPECT_THAT(ids(over(check_linger, {{"/var/lib/systemd/linger/alice", ""}})), ElementsAre("warn linger"));
}

TEST(Boot, SoftwareCanSeeThis) {
    const auto found =
        ids(over(check_boot, {{"/boot/grub/grub.cfg", "menuentry"},
                              {"/proc/cmdline", "quiet systemd.debug_shell\n"},
                              {"/etc/shadow", "root:$y$x:1::::::\n"},
                              {"/etc/systemd/system/rescue.service.d/a.conf", "Environment=SYSTEMD_SULOGIN_FORCE=1"},
                              {"/proc/sys/kernel/sysrq", "438\n"}}));
    EXPECT_THAT(found, ElementsAre("warn boot.loader", "warn boot.secure", "warn boot.firmware",
                                   "fail boot.debug_shell", "fail boot.rescue", "warn boot.rescue",
                                   "warn boot.rescue_code", "warn boot.ctrl_alt_del", "warn boot.sysrq"));
    const std::string on("\6\0\0\0\1", 5);
    EXPECT_THAT(ids(over(check_boot, {{"/boot/grub/grub.cfg", "set superusers=a\npassword_pbkdf2 a x"},
                                      {"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c", on},
                                      {"/etc/shadow", "root:!:1::::::\n"},
                                      {"/var/lib/sekimori-rescue/code", ""},
                                      {"/etc/systemd/system/ctrl-alt-del.target", ""},
                                      {"/proc/sys/kernel/sysrq", "4\n"}})),
                ElementsAre("ok boot.loader", "ok boot.firmware", "ok boot.rescue_code"));
}

TEST(Boot, ARescueCodeThatWasUsedIsSaidUntilThereIsANewOne) {
    for (const char* beside : {"/etc/hostname", "/var/lib/sekimori-rescue/code"})
        EXPECT_THAT(ids(over(check_boot, {{"/var/lib/sekimori-rescue/used", ""}, {beside, ""}})),
                    testing::Contains("fail boot.rescue_code"));
}

TEST(Broker, AbsentOrWithoutDevicesIsAFailure) {
    EXPECT_THAT(ids(check_broker({})), ElementsAre("fail broker"));
    EXPECT_THAT(
        ids(check_broker({true, "host", {}, {"upek 147e:2016"}, false, false, "", {}})),
        ElementsAre("ok broker", "fail devices.reader", "ok devices.scanner", "warn keys", "warn audit.witness"));
}

TEST(Broker, ACertificateThatEndsIsToldWellAheadAndOneThatEndedIsAFailure) {
    for (const auto& [state, said] :
         {std::pair{"good", "ok"}, {"ends_soon", "warn"}, {"ended", "fail"}, {"missing", "fail"}})
        EXPECT_THAT(ids(check_broker({true, "tpm2", {"r"}, {"s"}, true, true, state, {}})),
                    testing::Contains(std::string(said) + " fleet.certificate"));
}

TEST(Broker, AConfigurationThatIsLaxerThanThePolicyIsTold) {
    EXPECT_THAT(ids(check_broker({true, "tpm2", {"r"}, {"s"}, true, true, "good", {"past_max"}})),
                testing::Contains("warn fleet.offline"));
    EXPECT_THAT(ids(check_broker({true, "tpm2", {"r"}, {"s"}, true, true, "good", {}})),
                testing::Not(testing::Contains("warn fleet.offline")));
}

TEST(Machine, IsExaminedWithoutAnError) {
    EXPECT_FALSE(check_permissions().empty());
    EXPECT_EQ(check_clock().size(), 1U);
}

TEST(DiskTree, LinksDoNotLeadOutOfIt) {
    const Folder folder;
    folder.write("etc/inside", "in");
    std::filesystem::create_symlink("/etc/inside", folder.path() / "etc/absolute");
    std::filesystem::create_symlink("../../../../../../etc/passwd", folder.path() / "etc/up");
    const DiskTree tree(DiskTree::open_root(folder.path()).value());
    EXPECT_EQ(tree.read("/etc/absolute").value(), "in");
    EXPECT_EQ(tree.read("/etc/up").error().code, ErrorCode::not_found);
    EXPECT_EQ(tree.read("/etc").error().code, ErrorCode::io);
    EXPECT_THAT(tree.list("/etc"), ElementsAre("absolute", "inside", "up"));
    EXPECT_EQ(DiskTree::open_root(folder.path() / "nowhere").error().code, ErrorCode::not_found);
}

TEST(Process, ItsOutputIsReadWhateverItsExitCode) {
    EXPECT_EQ(output_of({"/bin/sh", "-c", "echo a; echo b >&2; exit 3"}).value(), "a\nb\n");
    EXPECT_FALSE(output_of({"/nowhere/at/all"}).has_value());
}

}  // namespace
}  // namespace sekimori::doctor::test
