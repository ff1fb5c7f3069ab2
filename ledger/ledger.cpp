// SPDX-License-Identifier: Apache-2.0
#include "ledger/ledger.hpp"

#include <algorithm>

#include "ledger/view_index.hpp"

namespace sekimori {
namespace {

bool is_gone(const PersonEntry& person) { return person.record.state == PersonState::gone; }

void fill(PersonEntry& person, const PersonBlob& blob) {
    if (is_gone(person)) return;
    person.record.login = blob.login;
    person.record.name = blob.name;
    person.record.min_fingers_reason = blob.min_fingers_reason;
}

void fill(PersonEntry& person, const Hash& account, const AccountBlob& blob) {
    if (is_gone(person)) return;
    for (AccountEntry& entry : person.accounts)
        if (entry.blob == account) entry.record = {blob.name, blob.scope, blob.uid};
    person.record.accounts.clear();
    for (const AccountEntry& entry : person.accounts)
        if (!entry.record.name.empty()) person.record.accounts.push_back(entry.record);
}

void fill(PersonEntry& person, const Hash& details, const DetailsBlob& blob) {
    for (DetailsEntry& entry : person.details) {
        if (entry.blob != details) continue;
        PersonDetails& record = entry.record;
        record.staff_number = blob.staff_number;
        record.name = blob.name;
        record.kana = blob.kana;
        record.section = blob.section;
        record.employment = blob.employment;
        record.leaves_at = Millis{static_cast<Millis::rep>(blob.leaves_at)};
        record.accounts.clear();
        for (const AccountBlob& account : blob.accounts)
            record.accounts.push_back({account.name, account.scope, account.uid});
    }
}

}  // namespace

bool Ledger::waits(const Hash& statement) const {
    return std::ranges::find(pending_, statement, &Waiting::hash) != pending_.end();
}

Status Ledger::hear(const Statement& statement, const Hash& hash) {
    if (!denies(statement.type)) return fail(ErrorCode::refused, "ledger: only a denial takes effect without an entry");
    if (entered(hash) || waits(hash)) return {};
    View over = view();
    if (auto applied = apply(over, statement); !applied) return applied;
    over_ = std::move(over);
    pending_.push_back({hash, statement});
    return {};
}

Status Ledger::enter(const Statement& statement, const Hash& hash) {
    if (entered(hash)) return fail(ErrorCode::exists, "ledger: the statement has its entry");
    over_.reset();  // what nobody shares is changed in its place
    Status applied = apply(placed_, statement);
    if (applied) {
        entered_.insert(hash);
        std::erase_if(pending_, [&](const Waiting& other) { return other.hash == hash; });
    }
    lay_over();
    return applied;
}

void Ledger::forget(const std::function<bool(const Statement&)>& over) {
    if (std::erase_if(pending_, [&](const Waiting& one) { return over(one.statement); }) != 0) lay_over();
}

void Ledger::lay_over() {
    over_.reset();
    if (pending_.empty()) return;
    over_ = placed_;
    // They parsed when they were heard, and a denial fails for no other cause.
    for (const Waiting& denial : pending_) (void)apply(*over_, denial.statement);
}

void Ledger::describe(const PersonId& id, const PersonBlob& blob) {
    each_view([&](View& view) { (void)change_person(view, id, [&](PersonEntry& person) { fill(person, blob); }); });
}

void Ledger::describe(const PersonId& id, const Hash& account, const AccountBlob& blob) {
    each_view(
        [&](View& view) { (void)change_person(view, id, [&](PersonEntry& person) { fill(person, account, blob); }); });
}

void Ledger::describe(const PersonId& id, const Hash& details, const DetailsBlob& blob) {
    each_view(
        [&](View& view) { (void)change_person(view, id, [&](PersonEntry& person) { fill(person, details, blob); }); });
}

void Ledger::note_time(const Statement& statement, Millis placed) {
    if (statement.type == StatementType::policy) each_view([&](View& view) { view.policies.back().placed = placed; });
    if (statement.type != StatementType::terminal) return;
    each_view([&](View& view) {
        TerminalEntry* const terminal = view.fleet.terminals.edit(TerminalId{statement.subject});
        if (terminal != nullptr && terminal->since == Millis{0}) terminal->since = placed;
    });
}

}  // namespace sekimori
