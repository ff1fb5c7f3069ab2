// SPDX-License-Identifier: Apache-2.0
#include <grp.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "admin/doctor/checks.hpp"
#include "admin/doctor/settings.hpp"
#include "admin/text.hpp"

namespace sekimori::doctor {
namespace {

using admin::later;

constexpr const char* kSocket = "/run/pcscd/pcscd.comm";
constexpr const char* kGroup = "sekimori-pcsc";
// Programs that take a reader or a sensor when they run.
constexpr std::array<std::string_view, 7> kOthers{"scdaemon", "gsd-smartcard", "pkcs11_eventmgr", "pcsc_scan",
                                                  "fprintd",  "card_eventmgr", "coolkeyd"};

bool is_number(const std::string& name) {
    return !name.empty() && name.find_first_not_of("0123456789") == std::string::npos;
}

void look_at_socket(Checks& checks) {
    struct stat status {};
    if (stat(kSocket, &status) != 0) {
        checks.push_back({"readers.pcscd",
                          Status::warn,
                          "",
                          {kSocket},
                          {later("pcscd is not there: no card can be read."), {}},
                          {later("apt install pcscd; systemctl enable --now pcscd.socket"), {}}});
        return;
    }
    const group* ours = getgrnam(kGroup);  // the command has one thread
    const bool shut = (status.st_mode & S_IRWXO) == 0 && ours != nullptr && status.st_gid == ours->gr_gid;
    checks.push_back(
        {"readers.pcscd",
         shut ? Status::ok : Status::warn,
         "",
         {kSocket},
         {shut ? later("Only our card worker may use pcscd.")
               : later("Every program may use the readers through pcscd."),
          {}},
         shut ? Text{} : Text{later("Install the drop-in of the sekimori package for pcscd.socket."), {}}});
    for (char** member = ours == nullptr ? nullptr : ours->gr_mem; member != nullptr && *member != nullptr; ++member)
        if (std::string(*member) != "sekimori-card")
            checks.push_back({"readers.group",
                              Status::warn,
                              "",
                              {*member},
                              {later("{user} may use the readers too."), {{"user", *member}}},
                              {later("Remove it."), {}}});
}

}  // namespace

Checks check_readers(const Tree& tree) {
    Checks checks;
    look_at_socket(checks);
    for (const std::string& pid : tree.list("/proc")) {
        if (!is_number(pid)) continue;
        const std::string name = trim(tree.read("/proc/" + pid + "/comm").value_or(""));
        if (std::find(kOthers.begin(), kOthers.end(), name) != kOthers.end())
            checks.push_back(
                {"readers.others",
                 Status::warn,
                 "",
                 {name + " (" + pid + ")"},
                 {later("{name} uses readers or sensors too; logins may find them busy."), {{"name", name}}},
                 {later("Turn it off where staff cards are used."), {}}});
    }
    return checks;
}

}  // namespace sekimori::doctor
