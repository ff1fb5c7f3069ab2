// SPDX-License-Identifier: Apache-2.0
#include "daemon/auth/account.hpp"

#include <algorithm>

namespace sekimori::daemon {

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
    const bool unattended =
        std::find(policy.unattended.begin(), policy.unattended.end(), facts.service) != policy.unattended.end();
    if (!unattended) return Reason::account_not_allowed;
    return facts.person == PersonStanding::none_active ? Reason::person_suspended : Reason::granted;
}

}  // namespace sekimori::daemon
