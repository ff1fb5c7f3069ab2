// SPDX-License-Identifier: Apache-2.0
// The trial of the login profile: on for five minutes, kept only if somebody got in with both factors meanwhile.
#pragma once

#include "admin/enforcer.hpp"
#include "admin/session.hpp"

namespace sekimori::admin {

// Switches over, waits, and ends confirmed or taken back; also when the caller gives up. The timer of the package takes
// it back without us. `answer`: an object, shown with "enabled" when it is confirmed.
[[nodiscard]] Outcome<Exit> run_trial(Session& session, Enforcer& enforcer, Json answer);

// For that timer: Exit::done if somebody has got in since the trial began.
[[nodiscard]] Outcome<Exit> check_trial(Session& session, const Enforcer& enforcer);

}  // namespace sekimori::admin
