// SPDX-License-Identifier: Apache-2.0
// Everybody, or all cards, some at a time: what a page shows is all that is copied for it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/store/store.hpp"

namespace sekimori::daemon {

// In force, or else to come; nullptr: the personnel office has said nothing.
[[nodiscard]] inline const PersonDetails* details_of(const PersonRecord& person) noexcept {
    if (person.details) return &*person.details;
    return person.planned ? &*person.planned : nullptr;
}

inline constexpr std::size_t kPeopleAtOnce = 128;

// Those after `login`, in the order of their logins, until `visit` says false. Gone ones are left out.
template <class Visit>
void each_person(const Store& store, std::string login, Visit visit) {
    for (;;) {
        const std::vector<PersonRecord> some = store.persons_after(login, kPeopleAtOnce);
        for (const PersonRecord& person : some)
            if (!visit(person)) return;
        if (some.size() < kPeopleAtOnce) return;
        login = some.back().login;
    }
}

// Those after the card of this id, or all for "", in the order of their enrolment, until `visit` says false.
template <class Visit>
void each_card(const Store& store, const std::string& after, Visit visit) {
    std::optional<CardId> last;
    if (!after.empty()) {
        last = CardId::parse(after);
        if (!last) return;
    }
    for (;;) {
        const std::vector<CardRecord> some = store.cards_after(last, kPeopleAtOnce);
        for (const CardRecord& card : some)
            if (!visit(card)) return;
        if (some.size() < kPeopleAtOnce) return;
        last = some.back().id;
    }
}

}  // namespace sekimori::daemon
