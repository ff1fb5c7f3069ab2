// SPDX-License-Identifier: Apache-2.0
#include "pam_module/intent.hpp"

namespace sekimori::pam {

wire::Intent usual_intent(std::string_view service, uid_t euid) noexcept {
    constexpr std::string_view kElevating[] = {"sudo", "sudo-i", "su", "su-l", "runuser", "runuser-l", "polkit-1"};
    if (euid != 0) return wire::Intent::unlock;
    for (const std::string_view name : kElevating)
        if (service == name) return wire::Intent::elevate;
    return wire::Intent::login;
}

}  // namespace sekimori::pam
