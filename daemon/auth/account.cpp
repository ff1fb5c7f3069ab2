// SPDX-License-Identifier: Apache-2.0
#include "daemon/auth/account.hpp"

#include <algorithm>
#include <array>

namespace sekimori::daemon {
namespace {

// What draws the login screen, under an account of its own, before anybody is there.
bool is_greeter(std::string_view service) noexcept {
    constexpr std::array names{std::string_view("lightdm-greeter"), std::string_view("gdm-launch-environment"),
                               std::string_view("sddm-greeter"), std::string_view("greetd-greeter")};
    return std::find(names.begin(), names.end(), service) != names.end();
}

}  // namespace

Reason decide_account(const AccountFacts& facts, const Policy& policy) {
    if (facts.grant == GrantState::invalid) return Reason::account_not_allowed;
    if (facts.grant == GrantState::valid) {
        if (facts.origin == Origin::remote) return Reason::remote;
        return facts.grantee == PersonStanding::active ? Reason::granted : Reason::person_suspended;
    }
    if (facts.service == "systemd-user") {
        // It runs inside pam_systemd's open_session: an account of nobody (a greeter's) needs its user manager as well.
        if (facts.person == PersonStanding::nobody || facts.held == GrantHeld::yes) return Reason::granted;
        return Reason::account_not_allowed;
    }
    // Never as somebody: a display manager that was told to is refused.
    if (is_greeter(facts.service))
        return facts.person == PersonStanding::nobody ? Reason::granted : Reason::account_not_allowed;
    const bool unattended =
        std::find(policy.unattended.begin(), policy.unattended.end(), facts.service) != policy.unattended.end();
    if (!unattended) return Reason::account_not_allowed;
    return facts.person == PersonStanding::none_active ? Reason::person_suspended : Reason::granted;
}

}  // namespace sekimori::daemon
