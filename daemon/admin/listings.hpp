// SPDX-License-Identifier: Apache-2.0
// The lists of an administrator's day: who has what, since when, until when.
#pragma once

#include "daemon/admin/answer.hpp"
#include "daemon/broker.hpp"

namespace sekimori::daemon {

Reply code_list(Broker& broker, Arguments& arguments);
Reply exempt_list(Broker& broker, Arguments& arguments);
Reply break_glass_list(Broker& broker, Arguments& arguments);
// The card ledger (貸与台帳).
Reply card_ledger(Broker& broker, Arguments& arguments);

}  // namespace sekimori::daemon
