// SPDX-License-Identifier: Apache-2.0
#include "ledger/view_suspensions.hpp"

#include <algorithm>

namespace sekimori {
namespace {

using Stands = SuspensionEntry::Stands;

bool suspended(const View& view, const SuspensionKey& key) {
    if (key.target == Target::person) {
        const PersonId id{key.subject};
        const auto at = view.persons.find(id);
        if (at != view.persons.end()) return at->second.record.state == PersonState::suspended;
        const auto early = view.denied_persons.find(id);
        return early != view.denied_persons.end() && early->second == PersonState::suspended;
    }
    const CardId id{key.subject};
    if (const auto at = view.cards.find(id); at != view.cards.end())
        return at->second.record.state == CardState::suspended;
    const auto early = view.denied_cards.find(id);
    return early != view.denied_cards.end() && early->second.state == CardState::suspended;
}

}  // namespace

// Also over one that was noted: what its author says again is open again.
void note_suspension(View& view, const Statement& statement, const ActBody& body) {
    view.suspensions.insert_or_assign(
        {statement.id, statement.key, body.target, statement.subject},
        SuspensionEntry{body.by.person, Millis{static_cast<Millis::rep>(statement.issued_at)}, Stands::open});
}

void end_suspensions(View& view, const Statement& statement, const ActBody& body) {
    std::vector<SuspensionKey> over;
    for (const auto& [key, entry] : view.suspensions)
        if (key.target == body.target && key.subject == statement.subject) over.push_back(key);
    for (const SuspensionKey& key : over) view.suspensions.edit(key)->stands = Stands::over;
}

Status confirm_suspension(View& view, const Statement& statement, const ConfirmBody& body) {
    const StatementId id{statement.subject};
    const auto at = view.suspensions.lower_bound({id, {}, {}, {}});
    if (at == view.suspensions.end() || at->first.id != id)
        return fail(ErrorCode::not_found, "confirm: no suspension has this id");
    if (const auto next = std::next(at); next != view.suspensions.end() && next->first.id == id)
        return fail(ErrorCode::refused, "confirm: several suspensions have this id");
    const SuspensionKey key = at->first;
    SuspensionEntry* const entry = view.suspensions.edit(key);
    if (key.author == statement.key || (body.by.person && body.by.person == entry->by))
        return fail(ErrorCode::refused, "confirm: by who suspended");
    if (entry->stands == Stands::open) entry->stands = Stands::confirmed;
    return {};
}

bool only_helpdesk(const FleetView& view, const KeyId& author, Millis issued) {
    if (!view.author.empty() && key_id(view.author) == author) return false;
    return std::ranges::none_of(view.admin_keys, [&](const auto& one) {
        const AdminKeyEntry& key = one.second;
        return key.role != AdminRole::helpdesk && key.standing == Standing::in_force && key.since <= issued &&
               (key.expires_at == Millis{0} || issued < key.expires_at) && key_id(key.key) == author;
    });
}

std::vector<SuspensionKey> unconfirmed(const View& view) {
    std::vector<SuspensionKey> keys;
    for (const auto& [key, entry] : view.suspensions)
        if (entry.stands == Stands::open && suspended(view, key) &&
            only_helpdesk(view.fleet, key.author, entry.issued_at))
            keys.push_back(key);
    return keys;
}

std::vector<Millis> suspensions_by(const View& view, const KeyId& author) {
    std::vector<Millis> times;
    for (const auto& [key, entry] : view.suspensions)
        if (key.author == author) times.push_back(entry.issued_at);
    return times;
}

}  // namespace sekimori
