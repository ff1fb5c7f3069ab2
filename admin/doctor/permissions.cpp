// SPDX-License-Identifier: Apache-2.0
#include <pwd.h>
#include <sys/stat.h>

#include <array>
#include <string>

#include "admin/doctor/checks.hpp"
#include "admin/text.hpp"

namespace sekimori::doctor {
namespace {

using admin::later;

constexpr mode_t kOthersWrite = S_IWGRP | S_IWOTH;
constexpr mode_t kOthers = S_IRWXG | S_IRWXO;

struct Rule {
    const char* path;
    const char* owner;
    mode_t forbidden;
    Status missing;  // what it means when it is not there
};
constexpr Rule kRules[] = {
    {"/etc/sekimori", "root", kOthersWrite, Status::warn},
    {"/etc/sekimori/sekimori.conf", "root", kOthersWrite, Status::ok},
    {"/etc/sekimori/conf.d", "root", kOthersWrite, Status::ok},
    {"/etc/sekimori/offline.allow", "root", kOthersWrite, Status::ok},
    {"/etc/sekimori/usb.allow", "root", kOthersWrite, Status::ok},
    {"/var/lib/sekimori", "sekimori", kOthers, Status::warn},
    {"/run/sekimori", "root", kOthersWrite, Status::warn},
    {"/etc/pam.d", "root", kOthersWrite, Status::ok},
    {"/usr/lib/pam.d", "root", kOthersWrite, Status::ok},
    {"/lib/x86_64-linux-gnu/security", "root", kOthersWrite, Status::ok},
    {"/lib/x86_64-linux-gnu/security/pam_sekimori.so", "root", kOthersWrite, Status::ok},
    {"/lib/aarch64-linux-gnu/security", "root", kOthersWrite, Status::ok},
    {"/lib/aarch64-linux-gnu/security/pam_sekimori.so", "root", kOthersWrite, Status::ok},
};

bool owned(const struct stat& status, const std::string& owner) {
    if (owner == "root") return status.st_uid == 0;
    const passwd* entry = getpwnam(owner.c_str());  // the command has one thread
    return entry != nullptr && entry->pw_uid == status.st_uid;
}

}  // namespace

Checks check_permissions() {
    Checks checks;
    for (const Rule& rule : kRules) {
        struct stat status {};
        const auto says = [&](Status found, const char* message) {
            checks.push_back({"permissions",
                              found,
                              "",
                              {rule.path},
                              {message, {{"owner", rule.owner}}},
                              {later("Install the package again: apt install --reinstall sekimori."), {}}});
        };
        if (lstat(rule.path, &status) != 0) {
            if (rule.missing != Status::ok) says(rule.missing, later("It is not there."));
        } else if (!owned(status, rule.owner)) {
            says(Status::fail, later("It does not belong to {owner}."));
        } else if (!S_ISLNK(status.st_mode) && (status.st_mode & rule.forbidden) != 0) {
            says(Status::fail, later("Others than {owner} can get at it."));
        }
    }
    if (checks.empty())
        checks.push_back(
            {"permissions", Status::ok, "", {}, {later("Only their owners can change our files."), {}}, {}});
    return checks;
}

}  // namespace sekimori::doctor
