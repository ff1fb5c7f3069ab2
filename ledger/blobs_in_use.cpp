// SPDX-License-Identifier: Apache-2.0
// Which blobs the view still speaks of; the others may be destroyed.
#include "ledger/view.hpp"

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

}  // namespace sekimori
