// SPDX-License-Identifier: Apache-2.0
// The writing verbs, as the table in verbs.cpp names them.
#pragma once

#include "daemon/admin/command.hpp"

namespace sekimori::daemon {

// A denial is answered when its sessions have ended, so that the answer can be relied on; not kept back for ever.
inline constexpr Millis kSessionsEndLimit = std::chrono::seconds{5};

Reply person_add(CommandRun& run, Arguments& arguments);
Reply person_role(CommandRun& run, Arguments& arguments);
Reply person_unlock(CommandRun& run, Arguments& arguments);
Reply policy_load(CommandRun& run, Arguments& arguments);
Reply media_allow(CommandRun& run, Arguments& arguments);
Reply media_remove(DenyRun run, Arguments& arguments);
Reply rescue_renew(CommandRun& run, Arguments& arguments);
Reply code_issue(CommandRun& run, Arguments& arguments);
Reply code_withdraw(DenyRun run, Arguments& arguments);
Reply exempt_add(CommandRun& run, Arguments& arguments);
Reply exempt_withdraw(DenyRun run, Arguments& arguments);
Reply break_glass_issue(CommandRun& run, Arguments& arguments);
Reply break_glass_withdraw(DenyRun run, Arguments& arguments);

std::unique_ptr<CommandTask> person_password(CommandRun& run, Arguments& arguments);

std::unique_ptr<CommandTask> person_import(CommandRun& run, Arguments& arguments);
std::unique_ptr<CommandTask> person_remove(CommandRun& run, Arguments& arguments);
std::unique_ptr<CommandTask> enrol_station(CommandRun& run, Arguments& arguments);
std::unique_ptr<CommandTask> card_enrol(CommandRun& run, Arguments& arguments);
std::unique_ptr<CommandTask> finger_enrol(CommandRun& run, Arguments& arguments);
std::unique_ptr<CommandTask> card_revoke(DenyRun run, Arguments& arguments);
std::unique_ptr<CommandTask> card_suspend(DenyRun run, Arguments& arguments);
std::unique_ptr<CommandTask> card_reinstate(CommandRun& run, Arguments& arguments);
std::unique_ptr<CommandTask> card_return(CommandRun& run, Arguments& arguments);
std::unique_ptr<CommandTask> card_left(CommandRun& run, Arguments& arguments);
Reply card_confirm(CommandRun& run, Arguments& arguments);
Reply fleet_leave(CommandRun& run, Arguments& arguments);
Reply fleet_extend(CommandRun& run, Arguments& arguments);
Reply fleet_take(CommandRun& run, Arguments& arguments);
std::unique_ptr<CommandTask> fleet_join(CommandRun& run, Arguments& arguments);
std::unique_ptr<CommandTask> backup(CommandRun& run, Arguments& arguments);
std::unique_ptr<CommandTask> restore(CommandRun& run, Arguments& arguments);
std::unique_ptr<CommandTask> setup(CommandRun& run, Arguments& arguments);

// Where a second administrator is wanted (CommandVerb::eyes).
Eyes eyes_always(const Broker& broker, Arguments& arguments);
Eyes eyes_named(const Broker& broker, Arguments& arguments);
Eyes eyes_of_role(const Broker& broker, Arguments& arguments);
Eyes eyes_of_finger(const Broker& broker, Arguments& arguments);
Eyes eyes_of_policy(const Broker& broker, Arguments& arguments);
Eyes eyes_of_removal(const Broker& broker, Arguments& arguments);

}  // namespace sekimori::daemon
