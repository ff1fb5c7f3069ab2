// SPDX-License-Identifier: Apache-2.0
// What in a sudoers file softens authentication. No full parser: it finds tags and settings, not who may do what.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "admin/doctor/check.hpp"
#include "admin/doctor/tree.hpp"

namespace sekimori::doctor {

struct SudoLine {
    std::size_t number{0};
    std::string text;  // continuation lines joined, without remarks
};
[[nodiscard]] std::vector<SudoLine> sudo_lines(std::string_view text);

struct SudoFinding {
    enum class Kind : std::uint8_t {
        no_password,        // NOPASSWD: for somebody else than root
        no_authentication,  // Defaults !authenticate
        exempt_group,       // Defaults exempt_group=
        no_account,         // Defaults !pam_acct_mgmt
        other_service,      // Defaults pam_service=, pam_login_service=
        ticket,             // Defaults timestamp_timeout=: the value is in `text`
        include,            // @include, @includedir: the path is in `text`
        include_directory,
    };
    Kind kind;
    std::string text;
    bool operator==(const SudoFinding&) const = default;
};
[[nodiscard]] std::vector<SudoFinding> findings_in(std::string_view line);

// /etc/sudoers and what it includes. Nothing where there is no sudo.
[[nodiscard]] Checks check_sudo(const Tree& tree);

}  // namespace sekimori::doctor
