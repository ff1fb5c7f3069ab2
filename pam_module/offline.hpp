// SPDX-License-Identifier: Apache-2.0
// What goes on while the broker cannot be reached: the unattended services of accounts that belong to no person (root's
// cron jobs), in the account and session phases. It is an explicit state with a list of its own, never the way that an
// error falls (himmelblau CVE-2025-53013); an authentication does not know it.
#pragma once

#include <string>
#include <string_view>

namespace sekimori::pam {

// The list is limits().offline_list: lines of `SERVICE ACCOUNT`, '#' begins a comment. It counts only if it is a
// regular file of root's in a directory of root's, neither writable by anybody else, and only for a process whose real
// and effective user is root: su by a user is not su by root. Anything that is not so, or not understood, is no.
[[nodiscard]] bool allowed_offline(std::string_view service, std::string_view account);

// The same on a text; a line that is not understood makes the whole list void.
[[nodiscard]] bool lists(std::string_view text, std::string_view service, std::string_view account);

// `path` is a directory of root's that nobody else may write to. Links are not followed.
[[nodiscard]] bool is_roots_directory(const std::string& path);

}  // namespace sekimori::pam
