// SPDX-License-Identifier: Apache-2.0
// The store's reads: from the view in memory; only what is secret is fetched from disk when it is needed.
#include <algorithm>
#include <iterator>
#include <limits>

#include "daemon/store/last_use.hpp"
#include "daemon/store/local_store.hpp"
#include "ledger/view_index.hpp"

namespace sekimori::daemon {

Result<std::vector<AuditRow>> Store::audit(AuditFilter filter) const {
    std::vector<AuditRow> all;
    const std::size_t limit = filter.limit;
    for (;;) {
        filter.limit = limit - all.size();
        auto page = audit_page(filter);
        if (!page) return tl::unexpected<Error>(page.error());
        std::ranges::move(page->rows, std::back_inserter(all));
        if (!page->more || all.size() >= limit) return all;
        if (filter.order == AuditOrder::newest_first)
            filter.before_seq = page->last;
        else
            filter.after_seq = page->last;
    }
}

LedgerHead LocalStore::head() const { return {parts_.chain.head.seq, to_hex(parts_.chain.head.hash)}; }

Millis LocalStore::high_water() const {
    return std::max(parts_.trail.last_wall(), Millis{static_cast<Millis::rep>(parts_.chain.head.time)});
}

std::optional<PersonRecord> LocalStore::person(const PersonId& id) const {
    const auto at = view().persons.find(id);
    if (at == view().persons.end()) return std::nullopt;
    return at->second.at(now().wall);
}

std::optional<PersonRecord> LocalStore::person_by_login(std::string_view login) const {
    const PersonEntry* const person = person_of_login(view(), login);
    return person == nullptr ? std::nullopt : std::optional(person->at(now().wall));
}

std::vector<PersonRecord> LocalStore::persons() const {
    std::vector<PersonRecord> all;
    const Millis wall = now().wall;
    for (const auto& [id, person] : view().persons)
        if (person.record.state != PersonState::gone) all.push_back(person.at(wall));
    std::ranges::sort(all, {}, &PersonRecord::login);
    return all;
}

std::vector<PersonRecord> LocalStore::persons_after(std::string_view login, std::size_t most) const {
    std::vector<PersonRecord> page;
    const Millis wall = now().wall;
    const auto& logins = view().index.logins;
    PersonId last;
    last.bytes.fill(0xff);  // a login is one person's, but a chain that says otherwise must not stop the pages
    for (auto at = logins.lower_bound({std::string(login), last}); at != logins.end() && page.size() < most; ++at)
        if (at->first > login) page.push_back(view().persons.at(at->second).at(wall));
    return page;
}

// Asked at every login.
std::vector<PersonRecord> LocalStore::persons_of_account(std::string_view account) const {
    std::vector<PersonRecord> all;
    const Millis wall = now().wall;
    for (const PersonId& id : persons_naming(view(), account)) {
        PersonRecord today = view().persons.at(id).at(wall);
        if (std::ranges::any_of(today.accounts, [&](const AccountRecord& one) { return one.name == account; }))
            all.push_back(std::move(today));
    }
    std::ranges::sort(all, {}, &PersonRecord::login);
    return all;
}

CardRecord LocalStore::as_of_now(CardRecord card) const {
    if (card.state == CardState::active && card.expires_at != Millis{0} && now().wall >= card.expires_at)
        card.state = CardState::expired;
    return card;
}

std::optional<CardRecord> LocalStore::card(const CardId& id) const {
    const auto at = view().cards.find(id);
    if (at == view().cards.end()) return std::nullopt;
    return as_of_now(at->second.record);
}

std::optional<CardRecord> LocalStore::card_by_key(const CardKey& key) const {
    if (const CardEntry* card = view().card_of_key(key)) return as_of_now(card->record);
    if (const auto denied = view().denied_keys.find(key); denied != view().denied_keys.end()) {
        CardRecord unknown;  // no id and no person: nobody enrolled it, and nobody may
        unknown.key = key;
        unknown.state = CardState::revoked;
        unknown.reason = denied->second;
        return unknown;
    }
    return std::nullopt;
}

std::vector<CardRecord> LocalStore::cards() const {
    return cards_after(std::nullopt, std::numeric_limits<std::size_t>::max());
}

std::vector<CardRecord> LocalStore::cards_after(const std::optional<CardId>& id, std::size_t most) const {
    std::vector<CardRecord> page;
    const auto& order = view().index.cards_by_time;
    auto at = order.begin();
    if (id) {
        const auto last = view().cards.find(*id);
        if (last == view().cards.end()) return page;
        at = std::next(order.lower_bound({last->second.record.enrolled_at, *id}));
    }
    for (; at != order.end() && page.size() < most; ++at) page.push_back(as_of_now(view().cards.at(at->second).record));
    return page;
}

std::vector<CardRecord> LocalStore::cards_of(const PersonId& id) const {
    std::vector<CardRecord> all;
    for (const CardId& card : belongings<CardId>(view(), id, BelongingKind::card))
        all.push_back(as_of_now(view().cards.at(card).record));
    std::ranges::stable_sort(all, {}, &CardRecord::enrolled_at);
    return all;
}

std::vector<FingerRecord> LocalStore::fingers_of(const PersonId& id) const {
    std::vector<FingerRecord> all;
    for (const FingerId& finger : belongings<FingerId>(view(), id, BelongingKind::finger))
        all.push_back(view().fingers.at(finger).record);
    std::ranges::sort(all, {}, &FingerRecord::finger);
    return all;
}

std::vector<FingerRecord> LocalStore::fingers() const {
    std::vector<FingerRecord> all;
    for (const auto& [id, finger] : view().fingers) all.push_back(finger.record);
    std::ranges::sort(all, {}, &FingerRecord::finger);
    return all;
}

Result<SecureBytes> LocalStore::finger_data(const FingerId& id) const {
    const auto at = view().fingers.find(id);
    if (at == view().fingers.end()) return fail(ErrorCode::not_found, "finger: nothing is enrolled under this id");
    const BlobOf of{BlobKind::finger, at->second.record.person, id.bytes};
    auto data = load_blob(tables(*parts_.database), parts_.keys, of, at->second.blob);
    // The view says that it is there: a row that is not is damage, not absence.
    if (!data && data.error().code == ErrorCode::not_found) return fail(ErrorCode::corrupt, data.error().message);
    return data;
}

Result<SecureBytes> LocalStore::card_secret(const CardId& id) const {
    const auto at = view().cards.find(id);
    if (at == view().cards.end() || at->second.blob == Hash{})
        return fail(ErrorCode::not_found, "card: it has no secret here");
    if (at->second.record.state != CardState::active && at->second.record.state != CardState::suspended)
        return fail(ErrorCode::not_found, "card: its secret was destroyed");
    const BlobOf of{BlobKind::card, at->second.record.person, id.bytes};
    auto data = load_blob(tables(*parts_.database), parts_.keys, of, at->second.blob);
    if (!data && data.error().code == ErrorCode::not_found) return fail(ErrorCode::corrupt, data.error().message);
    return data;
}

std::optional<LastUse> LocalStore::last_use(const PersonId& id) const { return find_use(*parts_.database, id); }

std::string LocalStore::policy_text_at(Millis wall) const {
    const PolicyEntry* policy = view().policy_at(wall);
    return policy == nullptr ? std::string{} : policy->json;
}

Millis LocalStore::policy_since() const {
    const PolicyEntry* policy = view().policy_at(now().wall);
    return policy == nullptr ? Millis{0} : policy->effective_at;
}

}  // namespace sekimori::daemon
