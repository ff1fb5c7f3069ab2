// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace sekimori::lab::login {

// The name of a PAM result as the manual has it: 0 is "PAM_SUCCESS". A number that has none is itself.
[[nodiscard]] std::string pam_name(int code);

}  // namespace sekimori::lab::login
