// SPDX-License-Identifier: Apache-2.0
// PeopleIndex: everybody with cards and fingers, gathered once for an answer about all of them.
#pragma once

#include <map>
#include <vector>

#include "daemon/store/store.hpp"

namespace sekimori::daemon {

// In force, or else to come; nullptr: the personnel office has said nothing.
[[nodiscard]] inline const PersonDetails* details_of(const PersonRecord& person) noexcept {
    if (person.details) return &*person.details;
    return person.planned ? &*person.planned : nullptr;
}

class PeopleIndex {
  public:
    explicit PeopleIndex(const Store& store) : persons_(store.persons()) {
        for (CardRecord& card : store.cards()) cards_[card.person].push_back(std::move(card));
        for (FingerRecord& finger : store.fingers()) fingers_[finger.person].push_back(std::move(finger));
    }
    // By login, gone ones left out.
    [[nodiscard]] const std::vector<PersonRecord>& persons() const noexcept { return persons_; }
    [[nodiscard]] const std::vector<CardRecord>& cards_of(const PersonId& id) const { return of(cards_, id); }
    [[nodiscard]] const std::vector<FingerRecord>& fingers_of(const PersonId& id) const { return of(fingers_, id); }

  private:
    template <class Record>
    using Lists = std::map<PersonId, std::vector<Record>>;
    template <class Record>
    static const std::vector<Record>& of(const Lists<Record>& lists, const PersonId& id) {
        static const std::vector<Record> none;
        const auto found = lists.find(id);
        return found == lists.end() ? none : found->second;
    }
    std::vector<PersonRecord> persons_;
    Lists<CardRecord> cards_;
    Lists<FingerRecord> fingers_;
};

}  // namespace sekimori::daemon
