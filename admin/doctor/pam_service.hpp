// SPDX-License-Identifier: Apache-2.0
// What is known of services by their names: who asks for them, and what that allows.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace sekimori::doctor {

// The greeter's own session, before anybody is there. A display manager asks for it, for its own account.
[[nodiscard]] constexpr bool is_greeters_own(std::string_view service) noexcept {
    constexpr std::array names{"gdm-launch-environment", "greetd-greeter", "lightdm-greeter", "sddm-greeter"};
    return std::find(names.begin(), names.end(), service) != names.end();
}

// Used only where a greeter is configured to log somebody in (autologin.cpp looks at that).
[[nodiscard]] constexpr bool is_autologin(std::string_view service) noexcept { return service.ends_with("-autologin"); }

// Their host runs with the caller's real uid, so pam_rootok means: the caller is root already. In a service whose host
// is root itself (login, sshd, a display manager, sudo) it means nothing and lets everybody in.
[[nodiscard]] constexpr bool knows_caller(std::string_view service) noexcept {
    constexpr std::array names{"chfn", "chsh", "runuser", "runuser-l", "su", "su-l"};
    return std::find(names.begin(), names.end(), service) != names.end();
}

// Opens logind sessions that no person sits at.
[[nodiscard]] constexpr bool is_unattended(std::string_view service) noexcept {
    constexpr std::array names{"atd", "cron", "runuser-l", "systemd-user"};
    return std::find(names.begin(), names.end(), service) != names.end();
}

}  // namespace sekimori::doctor
