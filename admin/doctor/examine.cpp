// SPDX-License-Identifier: Apache-2.0
#include "admin/doctor/examine.hpp"

#include "admin/doctor/checks.hpp"
#include "admin/doctor/pam_check.hpp"
#include "admin/doctor/sudoers.hpp"

namespace sekimori::doctor {

Checks examine_tree(const Tree& tree) {
    Checks checks = check_pam(tree);
    append(checks, check_sudo(tree));
    append(checks, check_polkit(tree));
    append(checks, check_autologin(tree));
    append(checks, check_lockers(tree));
    append(checks, check_linger(tree));
    return checks;
}

Checks examine_machine(const Tree& tree) {
    Checks checks = check_permissions();
    append(checks, check_readers(tree));
    append(checks, check_media(tree));
    append(checks, check_sandbox(tree));
    append(checks, check_clock());
    append(checks, check_boot(tree));
    return checks;
}

}  // namespace sekimori::doctor
