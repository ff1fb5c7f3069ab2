// SPDX-License-Identifier: Apache-2.0
// Trial logins: before anything is switched over, the people who will need it pass the module once, on a stack that
// opens no door.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "admin/session.hpp"
#include "pam_client/authenticate.hpp"

namespace sekimori::admin {

using TrialLogin = std::function<pam::Codes(const pam::Conversation&)>;

// The service sekimori-trial, at the terminal of `session`.
[[nodiscard]] TrialLogin trial_service(const Session& session);

// One login of each of `logins`; of anybody, where it names nobody. Who fails may try again as long as they like.
// Returns who passed. Precondition: has_terminal(). Failures: refused (they gave up), cancelled.
[[nodiscard]] Outcome<std::vector<std::string>> try_logins(Session& session, std::vector<std::string> logins,
                                                           const TrialLogin& attempt);

}  // namespace sekimori::admin
