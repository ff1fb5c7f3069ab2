// SPDX-License-Identifier: Apache-2.0
#include "daemon/admin/verbs.hpp"

#include <array>

namespace sekimori::daemon {
namespace {

constexpr std::array kVerbs{
    CommandVerb{"person.add", Devices::not_needed, person_add, nullptr},
    CommandVerb{"person.import", Devices::not_needed, nullptr, person_import},
    CommandVerb{"person.remove", Devices::not_needed, nullptr, person_remove},
    CommandVerb{"person.unlock", Devices::not_needed, person_unlock, nullptr},
    CommandVerb{"policy.load", Devices::not_needed, policy_load, nullptr},
    CommandVerb{"enrol.station", Devices::not_needed, nullptr, enrol_station},
    CommandVerb{"media.allow", Devices::not_needed, media_allow, nullptr},
    CommandVerb{"media.remove", Devices::not_needed, media_remove, nullptr},
    CommandVerb{"card.enrol", Devices::needed, nullptr, card_enrol},
    CommandVerb{"finger.enrol", Devices::needed, nullptr, finger_enrol},
    // A denial waits for nobody's turn at the devices; a look at the card on the reader goes beside what runs.
    CommandVerb{"card.revoke", Devices::not_needed, nullptr, card_revoke},
    CommandVerb{"card.suspend", Devices::not_needed, nullptr, card_suspend},
    CommandVerb{"card.reinstate", Devices::not_needed, nullptr, card_reinstate},
    CommandVerb{"card.return", Devices::not_needed, nullptr, card_return},
    CommandVerb{"card.left", Devices::not_needed, nullptr, card_left},
    CommandVerb{"fleet.join", Devices::not_needed, nullptr, fleet_join},
    CommandVerb{"fleet.leave", Devices::not_needed, fleet_leave, nullptr},
    CommandVerb{"backup", Devices::not_needed, nullptr, backup},
    CommandVerb{"restore", Devices::not_needed, nullptr, restore},
    CommandVerb{"setup", Devices::needed, nullptr, setup},
    CommandVerb{"rescue.renew", Devices::not_needed, rescue_renew, nullptr},
};

}  // namespace

const CommandVerb* find_command(std::string_view name) noexcept {
    for (const CommandVerb& verb : kVerbs)
        if (verb.name == name) return &verb;
    return nullptr;
}

}  // namespace sekimori::daemon
