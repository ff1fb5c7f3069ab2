// SPDX-License-Identifier: Apache-2.0
// A person by the calendar: what the personnel office has said and is in force.
#include <algorithm>

#include "ledger/view_fallbacks.hpp"
#include "ledger/view_index.hpp"

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
    const auto id = subject_of<PersonId>(statement);
    if (!view.persons.contains(id)) return fail(ErrorCode::not_found, "details: nobody has this id");
    if (gone(view, id)) return {};
    const Millis issued = to_millis(statement.issued_at);
    const Millis since = to_millis(statement.effective_at);
    (void)change_person(view, id, [&](PersonEntry& person) {
        // Neither what had not begun nor what is over from the same moment on is ever wanted again.
        std::erase_if(person.details, [&](const DetailsEntry& earlier) {
            return earlier.record.since > issued || (since <= issued && earlier.record.since <= since);
        });
        DetailsEntry entry;
        entry.blob = statement.blob;
        entry.record.since = since;
        person.details.push_back(std::move(entry));
    });
    return {};
}

}  // namespace sekimori
