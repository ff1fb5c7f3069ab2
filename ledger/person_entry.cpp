// SPDX-License-Identifier: Apache-2.0
// A person by the calendar: what the personnel office has said and is in force.
#include <algorithm>

#include "ledger/view_fallbacks.hpp"

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

Status add_details(View& view, const Statement& statement, const DetailsBody& /*body*/) {
    const auto at = view.persons.find(subject_of<PersonId>(statement));
    if (at == view.persons.end()) return fail(ErrorCode::not_found, "details: nobody has this id");
    if (at->second.record.state == PersonState::gone) return {};
    const Millis issued = to_millis(statement.issued_at);
    const Millis since = to_millis(statement.effective_at);
    // Neither what had not begun nor what is over from the same moment on is ever wanted again.
    std::erase_if(at->second.details, [&](const DetailsEntry& earlier) {
        return earlier.record.since > issued || (since <= issued && earlier.record.since <= since);
    });
    DetailsEntry entry;
    entry.blob = statement.blob;
    entry.record.since = since;
    at->second.details.push_back(std::move(entry));
    return {};
}

}  // namespace sekimori
