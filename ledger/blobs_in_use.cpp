// SPDX-License-Identifier: Apache-2.0
// Which blobs the view still speaks of; the others may be destroyed.
#include "ledger/view_index.hpp"

namespace sekimori {

std::set<Hash> View::blobs_in_use() const {
    std::set<Hash> used;
    for (const auto& [id, person] : persons) {
        if (person.record.state == PersonState::gone) continue;
        used.insert(person.blob);
        for (const AccountEntry& account : person.accounts) used.insert(account.blob);
        for (const DetailsEntry& details : person.details) used.insert(details.blob);
    }
    for (const auto& [id, card] : cards)
        if (card.record.state == CardState::active || card.record.state == CardState::suspended) used.insert(card.blob);
    for (const auto& [id, finger] : fingers) used.insert(finger.blob);
    for (const auto& [id, entry] : media)
        if (const auto approver = persons.find(entry.approver);
            approver != persons.end() && approver->second.record.state != PersonState::gone)
            used.insert(entry.blob);
    for (const auto& [id, secret] : secrets) used.insert(secret.blob);
    for (const auto& [id, exemption] : exemptions) used.insert(exemption.blob);
    for (const auto& [id, ticket] : break_glass)
        if (!ticket.record.used) used.insert(ticket.blob);
    used.erase(Hash{});
    return used;
}

std::set<Hash> blobs_of(const View& view, const PersonId& person) {
    std::set<Hash> blobs;
    const auto at = view.persons.find(person);
    if (at == view.persons.end()) return blobs;
    if (at->second.record.state != PersonState::gone) {
        blobs.insert(at->second.blob);
        for (const AccountEntry& account : at->second.accounts) blobs.insert(account.blob);
        for (const DetailsEntry& details : at->second.details) blobs.insert(details.blob);
    }
    for (const CardId& id : belongings<CardId>(view, person, BelongingKind::card)) {
        const CardEntry& card = view.cards.at(id);
        if (card.record.state == CardState::active || card.record.state == CardState::suspended)
            blobs.insert(card.blob);
    }
    for (const auto& id : belongings<FingerId>(view, person, BelongingKind::finger))
        blobs.insert(view.fingers.at(id).blob);
    for (const auto& id : belongings<StatementId>(view, person, BelongingKind::secret))
        blobs.insert(view.secrets.at(id).blob);
    for (const auto& id : belongings<StatementId>(view, person, BelongingKind::exemption))
        blobs.insert(view.exemptions.at(id).blob);
    for (const auto& [id, ticket] : view.break_glass)
        if (ticket.record.person == person && !ticket.record.used) blobs.insert(ticket.blob);
    if (at->second.record.state != PersonState::gone)
        for (const auto& [id, entry] : view.media)
            if (entry.approver == person) blobs.insert(entry.blob);
    blobs.erase(Hash{});
    return blobs;
}

}  // namespace sekimori
