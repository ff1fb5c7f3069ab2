// SPDX-License-Identifier: Apache-2.0
#include "daemon/admin/verbs.hpp"

#include <array>

namespace sekimori::daemon {
namespace {

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
    CommandVerb{"media.remove", Right::deny, Devices::not_needed, media_remove, nullptr},
    CommandVerb{"card.enrol", Right::enrol, Devices::needed, nullptr, card_enrol},
    CommandVerb{"finger.enrol", Right::enrol, Devices::needed, nullptr, finger_enrol, eyes_of_finger},
    // A denial waits for nobody's turn at the devices; a look at the card on the reader goes beside what runs.
    CommandVerb{"card.revoke", Right::deny, Devices::not_needed, nullptr, card_revoke},
    CommandVerb{"card.suspend", Right::deny, Devices::not_needed, nullptr, card_suspend},
    CommandVerb{"card.reinstate", Right::policy, Devices::not_needed, nullptr, card_reinstate, eyes_always},
    CommandVerb{"card.confirm", Right::policy, Devices::not_needed, card_confirm, nullptr},
    CommandVerb{"card.return", Right::enrol, Devices::not_needed, nullptr, card_return},
    CommandVerb{"card.left", Right::read, Devices::not_needed, nullptr, card_left},
    CommandVerb{"code.issue", Right::enrol, Devices::not_needed, code_issue, nullptr},
    CommandVerb{"code.withdraw", Right::deny, Devices::not_needed, code_withdraw, nullptr},
    CommandVerb{"exempt.add", Right::policy, Devices::not_needed, exempt_add, nullptr, eyes_always},
    CommandVerb{"exempt.withdraw", Right::deny, Devices::not_needed, exempt_withdraw, nullptr},
    CommandVerb{"break-glass.issue", Right::administer, Devices::not_needed, break_glass_issue, nullptr, eyes_named},
    CommandVerb{"break-glass.withdraw", Right::deny, Devices::not_needed, break_glass_withdraw, nullptr},
    CommandVerb{"fleet.join", Right::administer, Devices::not_needed, nullptr, fleet_join},
    CommandVerb{"fleet.leave", Right::administer, Devices::not_needed, fleet_leave, nullptr},
    CommandVerb{"fleet.extend", Right::policy, Devices::not_needed, fleet_extend, nullptr},
    CommandVerb{"fleet.take", Right::administer, Devices::not_needed, fleet_take, nullptr},
    CommandVerb{"backup", Right::administer, Devices::not_needed, nullptr, backup},
    CommandVerb{"restore", Right::administer, Devices::not_needed, nullptr, restore},
    CommandVerb{"setup", Right::administer, Devices::needed, nullptr, setup},
    CommandVerb{"rescue.renew", Right::administer, Devices::not_needed, rescue_renew, nullptr},
};

}  // namespace

const CommandVerb* find_command(std::string_view name) noexcept {
    for (const CommandVerb& verb : kVerbs)
        if (verb.name == name) return &verb;
    return nullptr;
}

}  // namespace sekimori::daemon
