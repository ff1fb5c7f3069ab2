// SPDX-License-Identifier: Apache-2.0
// What a view can be asked for besides ids, and the changes that its index follows.
#pragma once

#include <functional>

#include "ledger/view.hpp"

namespace sekimori {

// What somebody has of a kind, in the order of the ids.
template <class IdType>
[[nodiscard]] std::vector<IdType> belongings(const View& view, const PersonId& person, BelongingKind kind) {
    std::vector<IdType> ids;
    const auto& all = view.index.belongings;
    for (auto at = all.lower_bound({person, kind, {}}); at != all.end() && at->person == person && at->kind == kind;
         ++at)
        ids.push_back(IdType{at->id});
    return ids;
}
[[nodiscard]] std::vector<CardId> cards_of_key(const View& view, const CardKey& key);
// Nobody who is gone.
[[nodiscard]] const PersonEntry* person_of_login(const View& view, std::string_view login);
// Whoever's entry names the account, whatever counts today; in no order. Nobody who is gone.
[[nodiscard]] std::vector<PersonId> persons_naming(const View& view, std::string_view account);

// Those of blobs_in_use() that are the person's.
[[nodiscard]] std::set<Hash> blobs_of(const View& view, const PersonId& person);

void put_card(View& view, CardEntry card);
void put_finger(View& view, FingerEntry finger);
void put_secret(View& view, SecretEntry secret);
void put_exemption(View& view, ExemptionEntry exemption);
void take_finger(View& view, const FingerId& id);
void take_secret(View& view, const StatementId& id);
void take_exemption(View& view, const StatementId& id);
void put_person(View& view, PersonEntry person);
// `change` may touch logins, accounts and details. False: nobody has this id.
bool change_person(View& view, const PersonId& id, const std::function<void(PersonEntry&)>& change);
// Of a view whose tables came from elsewhere.
void make_index(View& view);

}  // namespace sekimori
