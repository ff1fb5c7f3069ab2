// SPDX-License-Identifier: Apache-2.0
// A Debian 12 machine with the profile enabled, as far as PAM and sudo see it; tests break it.
#pragma once

#include "admin/doctor/check.hpp"
#include "admin/doctor/tree.hpp"

namespace sekimori::doctor::test {

// The stacks that Debian 12's packages ship, common-* as pam-auth-update writes them with our profiles.
[[nodiscard]] std::map<std::string, std::string> good_files();

[[nodiscard]] inline std::vector<Check> with_status(const Checks& checks, Status status) {
    std::vector<Check> found;
    for (const Check& check : checks)
        if (check.status == status) found.push_back(check);
    return found;
}

}  // namespace sekimori::doctor::test
