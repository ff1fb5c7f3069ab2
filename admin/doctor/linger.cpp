// SPDX-License-Identifier: Apache-2.0
#include "admin/doctor/checks.hpp"
#include "admin/text.hpp"

namespace sekimori::doctor {

Checks check_linger(const Tree& tree) {
    using admin::later;
    constexpr const char* kDirectory = "/var/lib/systemd/linger";
    Checks checks;
    for (const std::string& user : tree.list(kDirectory))
        checks.push_back({"linger",
                          Status::warn,
                          "",
                          {std::string(kDirectory) + "/" + user},
                          {later("Processes of {user} outlive the session."), {{"user", user}}},
                          {later("loginctl disable-linger, as root."), {}}});
    return checks;
}

}  // namespace sekimori::doctor
