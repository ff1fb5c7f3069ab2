// SPDX-License-Identifier: Apache-2.0
// The account and session phases: gathers the facts for decide_account() (account.hpp), and binds a grant to its
// session.
#pragma once

#include "core/verdict.hpp"
#include "daemon/auth/connection.hpp"
#include "daemon/broker.hpp"

namespace sekimori::daemon {

[[nodiscard]] Reason judge_account_phase(Broker& broker, const Caller& caller, const wire::Account& account);
// Spends the grant. Only a login binds the session; sudo, su and polkit never rebind one.
[[nodiscard]] Reason judge_open_session(Broker& broker, const Caller& caller, const wire::OpenSession& open,
                                        const OriginFacts& place);

}  // namespace sekimori::daemon
