// SPDX-License-Identifier: Apache-2.0
// A person by the calendar: what the personnel office has said and is in force.
#include "ledger/view.hpp"

namespace sekimori {

PersonRecord PersonEntry::at(Millis wall) const {
    PersonRecord now = record;
    if (now.state == PersonState::gone) return now;
    for (const DetailsEntry& entry : details) {  // of two that begin together the later one
        auto& slot = entry.record.since <= wall ? now.details : now.planned;
        if (!slot || slot->since <= entry.record.since) slot = entry.record;
    }
    if (now.details) {
        if (!now.details->name.empty()) now.name = now.details->name;
        if (!now.details->accounts.empty()) now.accounts = now.details->accounts;
    }
    if (now.state != PersonState::active) return now;
    if (wall < now.starts_at) now.state = PersonState::waiting;
    if (now.details && now.details->leaves_at != Millis{0} && wall >= now.details->leaves_at)
        now.state = PersonState::left;
    return now;
}

}  // namespace sekimori
