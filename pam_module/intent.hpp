// SPDX-License-Identifier: Apache-2.0
// What a service is asked for, where its stack does not say: common-auth is one file for login, sudo and lockers.
#pragma once

#include <sys/types.h>

#include <string_view>

#include "protocol/schema.hpp"

namespace sekimori::pam {

// `euid`: of this process. Without root's rights nobody opens a session: what asks then is a locker.
[[nodiscard]] wire::Intent usual_intent(std::string_view service, uid_t euid) noexcept;

}  // namespace sekimori::pam
