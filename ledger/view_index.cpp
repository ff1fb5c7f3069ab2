// SPDX-License-Identifier: Apache-2.0
#include "ledger/view_index.hpp"

namespace sekimori {
namespace {

void each_account(const PersonEntry& person, const auto& visit) {
    for (const AccountRecord& account : person.record.accounts) visit(account.name);
    for (const DetailsEntry& details : person.details)
        for (const AccountRecord& account : details.record.accounts) visit(account.name);
}

void add_names(View& view, const PersonEntry& person) {
    if (person.record.state == PersonState::gone) return;
    const PersonId& id = person.record.id;
    if (!person.record.login.empty()) view.index.logins.insert({person.record.login, id});
    each_account(person, [&](const std::string& name) { view.index.accounts.insert({name, id}); });
}

void take_names(View& view, const PersonEntry& person) {
    const PersonId& id = person.record.id;
    view.index.logins.erase({person.record.login, id});
    each_account(person, [&](const std::string& name) { view.index.accounts.erase({name, id}); });
}

void add_card_keys(View& view, const CardRecord& card) {
    view.index.belongings.insert({card.person, BelongingKind::card, card.id.bytes});
    view.index.cards_by_key.insert({card.key, card.id});
    view.index.cards_by_time.insert({card.enrolled_at, card.id});
}

template <class Table, class IdType>
void take(View& view, Table& table, const IdType& id, BelongingKind kind) {
    const auto at = table.find(id);
    if (at == table.end()) return;
    view.index.belongings.erase({at->second.record.person, kind, id.bytes});
    table.erase(id);
}

}  // namespace

std::vector<CardId> cards_of_key(const View& view, const CardKey& key) {
    std::vector<CardId> ids;
    const auto& all = view.index.cards_by_key;
    for (auto at = all.lower_bound({key, {}}); at != all.end() && at->first == key; ++at) ids.push_back(at->second);
    return ids;
}

const PersonEntry* person_of_login(const View& view, std::string_view login) {
    const auto at = view.index.logins.lower_bound({std::string(login), {}});
    if (at == view.index.logins.end() || at->first != login) return nullptr;
    return &view.persons.at(at->second);
}

std::vector<PersonId> persons_naming(const View& view, std::string_view account) {
    std::vector<PersonId> ids;
    const auto& all = view.index.accounts;
    for (auto at = all.lower_bound({std::string(account), {}}); at != all.end() && at->first == account; ++at)
        ids.push_back(at->second);
    return ids;
}

void put_card(View& view, CardEntry card) {
    add_card_keys(view, card.record);
    const CardId id = card.record.id;
    view.cards.emplace(id, std::move(card));
}
void put_finger(View& view, FingerEntry finger) {
    const FingerId id = finger.record.id;
    view.index.belongings.insert({finger.record.person, BelongingKind::finger, id.bytes});
    view.fingers.emplace(id, std::move(finger));
}
void put_secret(View& view, SecretEntry secret) {
    const StatementId id = secret.record.id;
    view.index.belongings.insert({secret.record.person, BelongingKind::secret, id.bytes});
    view.secrets.emplace(id, std::move(secret));
}
void put_exemption(View& view, ExemptionEntry exemption) {
    const StatementId id = exemption.record.id;
    view.index.belongings.insert({exemption.record.person, BelongingKind::exemption, id.bytes});
    view.exemptions.emplace(id, std::move(exemption));
}

void take_finger(View& view, const FingerId& id) { take(view, view.fingers, id, BelongingKind::finger); }
void take_secret(View& view, const StatementId& id) { take(view, view.secrets, id, BelongingKind::secret); }
void take_exemption(View& view, const StatementId& id) { take(view, view.exemptions, id, BelongingKind::exemption); }

void put_person(View& view, PersonEntry person) {
    add_names(view, person);
    const PersonId id = person.record.id;
    view.persons.emplace(id, std::move(person));
}

bool change_person(View& view, const PersonId& id, const std::function<void(PersonEntry&)>& change) {
    PersonEntry* const person = view.persons.edit(id);
    if (person == nullptr) return false;
    take_names(view, *person);
    change(*person);
    add_names(view, *person);
    return true;
}

void make_index(View& view) {
    view.index = {};
    for (const auto& [id, person] : view.persons) add_names(view, person);
    for (const auto& [id, card] : view.cards) add_card_keys(view, card.record);
    const auto add = [&](const auto& table, BelongingKind kind) {
        for (const auto& [id, entry] : table) view.index.belongings.insert({entry.record.person, kind, id.bytes});
    };
    add(view.fingers, BelongingKind::finger);
    add(view.secrets, BelongingKind::secret);
    add(view.exemptions, BelongingKind::exemption);
}

}  // namespace sekimori
