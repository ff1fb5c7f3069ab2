// SPDX-License-Identifier: Apache-2.0
// What a display manager does once the session is open: a program in it, as the user.
#pragma once

#include <string>

namespace sekimori::lab::login {

// Runs it to its end, with no input and a shell's environment; false if it could not be started.
[[nodiscard]] bool run_as(const std::string& user, const std::string& program);

}  // namespace sekimori::lab::login
