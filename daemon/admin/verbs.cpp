// SPDX-License-Identifier: Apache-2.0
#include "daemon/admin/verbs.hpp"

#include <algorithm>
#include <array>

namespace sekimori::daemon {
namespace {

constexpr CommandVerb denial(const char* name, Reply (*answer)(DenyRun, Arguments&)) {
    return {name, Right::deny, Devices::not_needed, nullptr, nullptr, nullptr, answer, nullptr};
}
constexpr CommandVerb denial(const char* name, std::unique_ptr<CommandTask> (*task)(DenyRun, Arguments&)) {
    return {name, Right::deny, Devices::not_needed, nullptr, nullptr, nullptr, nullptr, task};
}

// What each act of administration takes: whose right, the devices' turn, and whether two must agree.
constexpr std::array kVerbs{
    CommandVerb{"person.add", Right::enrol, Devices::not_needed, person_add, nullptr},
    CommandVerb{"person.import", Right::enrol, Devices::not_needed, nullptr, person_import},
    CommandVerb{"person.remove", Right::enrol, Devices::not_needed, nullptr, person_remove, eyes_of_removal},
    CommandVerb{"person.unlock", Right::enrol, Devices::not_needed, person_unlock, nullptr},
    CommandVerb{"person.password", Right::enrol, Devices::not_needed, nullptr, person_password},
    CommandVerb{"person.role", Right::administer, Devices::not_needed, person_role, nullptr, eyes_of_role},
    CommandVerb{"policy.load", Right::policy, Devices::not_needed, policy_load, nullptr, eyes_of_policy},
    CommandVerb{"enrol.station", Right::enrol, Devices::not_needed, nullptr, enrol_station},
    CommandVerb{"media.allow", Right::policy, Devices::not_needed, media_allow, nullptr},
    denial("media.remove", media_remove),
    CommandVerb{"card.enrol", Right::enrol, Devices::needed, nullptr, card_enrol},
    CommandVerb{"finger.enrol", Right::enrol, Devices::needed, nullptr, finger_enrol, eyes_of_finger},
    // A denial waits for nobody's turn at the devices, and a full disk does not stop it; a look at the card on the
    // reader goes beside what runs.
    denial("card.revoke", card_revoke),
    denial("card.suspend", card_suspend),
    CommandVerb{"card.reinstate", Right::policy, Devices::not_needed, nullptr, card_reinstate, eyes_always},
    CommandVerb{"card.confirm", Right::policy, Devices::not_needed, card_confirm, nullptr},
    CommandVerb{"card.return", Right::enrol, Devices::not_needed, nullptr, card_return},
    CommandVerb{"card.left", Right::read, Devices::not_needed, nullptr, card_left},
    CommandVerb{"code.issue", Right::enrol, Devices::not_needed, code_issue, nullptr},
    denial("code.withdraw", code_withdraw),
    CommandVerb{"exempt.add", Right::policy, Devices::not_needed, exempt_add, nullptr, eyes_always},
    denial("exempt.withdraw", exempt_withdraw),
    CommandVerb{"break-glass.issue", Right::administer, Devices::not_needed, break_glass_issue, nullptr, eyes_named},
    denial("break-glass.withdraw", break_glass_withdraw),
    CommandVerb{"fleet.join", Right::administer, Devices::not_needed, nullptr, fleet_join},
    CommandVerb{"fleet.leave", Right::administer, Devices::not_needed, fleet_leave, nullptr},
    CommandVerb{"fleet.extend", Right::policy, Devices::not_needed, fleet_extend, nullptr},
    CommandVerb{"fleet.take", Right::administer, Devices::not_needed, fleet_take, nullptr},
    CommandVerb{"backup", Right::administer, Devices::not_needed, nullptr, backup},
    CommandVerb{"restore", Right::administer, Devices::not_needed, nullptr, restore},
    CommandVerb{"setup", Right::administer, Devices::needed, nullptr, setup},
    CommandVerb{"rescue.renew", Right::administer, Devices::not_needed, rescue_renew, nullptr},
};

// Right::deny is what lets a proof without a trace go on: none of its verbs has the means to give.
static_assert(std::ranges::all_of(kVerbs, [](const CommandVerb& verb) {
    return verb.denies() == (verb.right == Right::deny) && (!verb.denies() || verb.eyes == nullptr);
}));

}  // namespace

const CommandVerb* find_command(std::string_view name) noexcept {
    for (const CommandVerb& verb : kVerbs)
        if (verb.name == name) return &verb;
    return nullptr;
}

}  // namespace sekimori::daemon
