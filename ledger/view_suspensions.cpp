// SPDX-License-Identifier: Apache-2.0
#include "ledger/view_suspensions.hpp"

#include <algorithm>

namespace sekimori {
namespace {

using Stands = SuspensionEntry::Stands;

bool suspended(const View& view, const SuspensionEntry& entry) {
    if (entry.target == Target::person) {
        const PersonId id{entry.subject};
        const auto at = view.persons.find(id);
        if (at != view.persons.end()) return at->second.record.state == PersonState::suspended;
        const auto early = view.denied_persons.find(id);
        return early != view.denied_persons.end() && early->second == PersonState::suspended;
    }
    const CardId id{entry.subject};
    if (const auto at = view.cards.find(id); at != view.cards.end())
        return at->second.record.state == CardState::suspended;
    const auto early = view.denied_cards.find(id);
    return early != view.denied_cards.end() && early->second.state == CardState::suspended;
}

}  // namespace

// Also over one that was noted: it was heard before its entry, and what entered meanwhile concerned earlier ones.
void note_suspension(View& view, const Statement& statement, const ActBody& body) {
    view.suspensions.insert_or_assign(
        statement.id, SuspensionEntry{body.target, statement.subject, statement.key, body.by.person,
                                      Millis{static_cast<Millis::rep>(statement.issued_at)}, Stands::open});
}

void end_suspensions(View& view, const Statement& statement, const ActBody& body) {
    std::vector<StatementId> over;
    for (const auto& [id, entry] : view.suspensions)
        if (entry.target == body.target && entry.subject == statement.subject) over.push_back(id);
    for (const StatementId& id : over) view.suspensions.edit(id)->stands = Stands::over;
}

Status confirm_suspension(View& view, const Statement& statement, const ConfirmBody& body) {
    SuspensionEntry* const entry = view.suspensions.edit(StatementId{statement.subject});
    if (entry == nullptr) return fail(ErrorCode::not_found, "confirm: no suspension has this id");
    if (entry->author == statement.key || (body.by.person && body.by.person == entry->by))
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

std::vector<StatementId> unconfirmed(const View& view) {
    std::vector<StatementId> ids;
    for (const auto& [id, entry] : view.suspensions)
        if (entry.stands == Stands::open && suspended(view, entry) &&
            only_helpdesk(view.fleet, entry.author, entry.issued_at))
            ids.push_back(id);
    return ids;
}

std::vector<Millis> suspensions_by(const View& view, const KeyId& author) {
    std::vector<Millis> times;
    for (const auto& [id, entry] : view.suspensions)
        if (entry.author == author) times.push_back(entry.issued_at);
    return times;
}

}  // namespace sekimori
