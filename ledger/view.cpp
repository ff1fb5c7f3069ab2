// SPDX-License-Identifier: Apache-2.0
#include "ledger/view.hpp"

#include <algorithm>

#include "ledger/view_fallbacks.hpp"
#include "ledger/view_index.hpp"
#include "ledger/view_suspensions.hpp"

namespace sekimori {
namespace {

// The order of strength in which denials replace each other; an act never goes down in it.
int rank(CardState state) noexcept {
    switch (state) {
        case CardState::active:
        case CardState::expired:
            return 0;
        case CardState::suspended:
            return 1;
        case CardState::returned:
        case CardState::destroyed:
            return 2;
        case CardState::revoked:
            return 3;
    }
    return 3;
}

// Of two reasons the one that stays, in whatever order they came: denials commute.
DenyReason graver(DenyReason one, DenyReason other) noexcept {
    constexpr std::array kOrder{DenyReason::none, DenyReason::left, DenyReason::damaged, DenyReason::lost,
                                DenyReason::stolen};
    const auto weight = [&](DenyReason reason) { return std::ranges::find(kOrder, reason) - kOrder.begin(); };
    return weight(one) < weight(other) ? other : one;
}

void deny(CardRecord& card, CardState state, DenyReason reason, Millis since = {}) noexcept {
    if (rank(state) < rank(card.state)) return;
    const bool again = rank(state) == rank(card.state);
    card.reason = again ? graver(card.reason, reason) : reason;
    card.state = state;
    if (since != Millis{0}) card.state_since = again ? std::min(card.state_since, since) : since;
}

// ---- grants

Status add_person(View& view, const Statement& statement, const PersonBody& body) {
    const auto id = subject_of<PersonId>(statement);
    if (view.persons.contains(id)) return fail(ErrorCode::exists, "person: the id was used before");
    PersonEntry entry;
    entry.record.id = id;
    entry.record.roles = Roles::of(body.role);
    entry.record.min_fingers = body.min_fingers;
    if (statement.effective_at > statement.issued_at) entry.record.starts_at = to_millis(statement.effective_at);
    entry.blob = statement.blob;
    entry.groups = body.groups;
    if (entry.groups.empty())
        for (const auto& [terminal, facts] : view.fleet.terminals)
            if (key_id(facts.sign) == statement.key) entry.groups.push_back(facts.group);
    if (const auto denied = view.denied_persons.find(id); denied != view.denied_persons.end())
        entry.record.state = denied->second;
    put_person(view, std::move(entry));
    return {};
}

Status add_account(View& view, const Statement& statement, const AccountBody&) {
    PersonEntry* const person = view.persons.edit(subject_of<PersonId>(statement));
    if (person == nullptr) return fail(ErrorCode::not_found, "account: nobody has this id");
    person->accounts.push_back({statement.blob, {}});
    return {};
}

Status add_card(View& view, const Statement& statement, const CardBody& body) {
    const auto id = subject_of<CardId>(statement);
    if (view.cards.contains(id)) return fail(ErrorCode::exists, "card: the id was used before");
    if (!view.persons.contains(body.person)) return fail(ErrorCode::not_found, "card: nobody has this id");
    CardRecord record{.id = id,
                      .person = body.person,
                      .type = body.type,
                      .slot = body.slot,
                      .key = body.key,
                      .spki = body.spki,
                      .scheme = body.scheme,
                      .public_id = body.public_id,
                      .ic_code = body.ic_code,
                      .enrolled_at = to_millis(statement.issued_at),
                      .expires_at = to_millis(body.expires_at),
                      .temporary = {},
                      .enrolled_by = body.by.person,
                      .state_since = to_millis(statement.issued_at)};
    if (body.lent_until) {
        record.temporary = {to_millis(*body.lent_until), body.approver.value_or(PersonId{})};
        if (record.expires_at == Millis{0} || record.temporary->until < record.expires_at)
            record.expires_at = record.temporary->until;
    }
    if (const auto denied = view.denied_cards.find(id); denied != view.denied_cards.end())
        deny(record, denied->second.state, denied->second.reason);
    if (const auto denied = view.denied_keys.find(body.key); denied != view.denied_keys.end())
        deny(record, CardState::revoked, denied->second);
    if (gone(view, body.person)) deny(record, CardState::revoked, DenyReason::left);
    put_card(view, {std::move(record), statement.blob});
    return {};
}

Status add_finger(View& view, const Statement& statement, const FingerBody& body) {
    const auto id = subject_of<FingerId>(statement);
    if (view.fingers.contains(id)) return fail(ErrorCode::exists, "finger: the id was used before");
    if (!view.persons.contains(body.person)) return fail(ErrorCode::not_found, "finger: nobody has this id");
    if (gone(view, body.person)) return {};
    for (const FingerId& other : belongings<FingerId>(view, body.person, BelongingKind::finger))
        if (view.fingers.at(other).record.finger == body.finger) take_finger(view, other);
    FingerRecord record{.id = id,
                        .person = body.person,
                        .finger = body.finger,
                        .driver = body.driver,
                        .device_id = body.device_id,
                        .modality = body.modality,
                        .on_chip = body.on_chip,
                        .stages = body.stages,
                        .enrolled_at = to_millis(statement.issued_at)};
    put_finger(view, {std::move(record), statement.blob});
    return {};
}

Status set_policy(View& view, const Statement& statement, const PolicyBody& body) {
    view.policies.push_back({to_millis(statement.issued_at), to_millis(statement.effective_at), body.json, {}});
    return {};
}

Status allow_media(View& view, const Statement& statement, const MediaBody& body) {
    const auto approver = subject_of<PersonId>(statement);
    if (!view.persons.contains(approver)) return fail(ErrorCode::not_found, "media: nobody has the approver's id");
    if (!media::nameable(body.serial)) return fail(ErrorCode::malformed, "media: no serial number");
    media::Record record{statement.id,
                         body.vendor,
                         body.product,
                         body.serial,
                         to_millis(statement.effective_at),
                         to_millis(statement.expires_at),
                         body.terminals};
    view.media.emplace(statement.id,
                       MediaEntry{std::move(record), approver, to_millis(statement.issued_at), statement.blob});
    return {};
}

// ---- acts on what is there

Status suspend(View& view, const Statement& statement, const ActBody& body) {
    note_suspension(view, statement, body);
    if (body.target == Target::person) {
        const auto id = subject_of<PersonId>(statement);
        const PersonState early = *view.denied_persons.try_emplace(id, PersonState::suspended).first;
        if (PersonEntry* const person = view.persons.edit(id); person != nullptr && early != PersonState::gone)
            person->record.state = PersonState::suspended;
        return {};
    }
    const auto id = subject_of<CardId>(statement);
    view.denied_cards.try_emplace(id, CardDenial{CardState::suspended, DenyReason::none});
    if (CardEntry* const card = view.cards.edit(id))
        deny(card->record, CardState::suspended, DenyReason::none, to_millis(statement.issued_at));
    return {};
}

// Every card that has the key or had it.
void revoke_key(View& view, const CardKey& key, DenyReason reason, const Statement& statement) {
    for (const CardId& id : cards_of_key(view, key))
        deny(view.cards.edit(id)->record, CardState::revoked, reason, to_millis(statement.issued_at));
}

Status revoke(View& view, const Statement& statement, const ActBody& body) {
    if (body.target == Target::key) {
        if (!body.key) return fail(ErrorCode::malformed, "revoke: no key");
        DenyReason& early = *view.denied_keys.try_emplace(*body.key, body.reason).first;
        early = graver(early, body.reason);
        revoke_key(view, *body.key, body.reason, statement);
        return {};
    }
    const auto id = subject_of<CardId>(statement);
    auto& early = view.denied_cards[id];
    early.reason = early.state == CardState::revoked ? graver(early.reason, body.reason) : body.reason;
    early.state = CardState::revoked;
    const auto at = view.cards.find(id);
    if (at == view.cards.end()) return {};
    // It is the card that is lost. Under an earlier id, from before it was returned, it must not look enrollable.
    const CardKey key = at->second.record.key;
    revoke_key(view, key, body.reason, statement);
    return {};
}

Status offboard(View& view, const Statement& statement, const ActBody&) {
    const auto id = subject_of<PersonId>(statement);
    view.denied_persons[id] = PersonState::gone;
    (void)change_person(view, id, [](PersonEntry& person) {
        // The names go with the blobs; the id stays, so that the trail can be read.
        person.record.state = PersonState::gone;
        person.record.login.clear();
        person.record.name.clear();
        person.record.min_fingers_reason.clear();
        person.record.accounts.clear();
        person.record.roles = {};
        person.accounts.clear();
        person.details.clear();
    });
    for (const CardId& card : belongings<CardId>(view, id, BelongingKind::card))
        deny(view.cards.edit(card)->record, CardState::revoked, DenyReason::left, to_millis(statement.issued_at));
    for (const auto& secret : belongings<StatementId>(view, id, BelongingKind::secret)) take_secret(view, secret);
    for (const auto& exemption : belongings<StatementId>(view, id, BelongingKind::exemption))
        take_exemption(view, exemption);
    for (const FingerId& finger : belongings<FingerId>(view, id, BelongingKind::finger)) take_finger(view, finger);
    std::vector<StatementId> tickets;
    for (const auto& [ticket, entry] : view.break_glass)
        if (entry.record.person == id) tickets.push_back(ticket);
    for (const StatementId& ticket : tickets) view.break_glass.edit(ticket)->record.used = true;
    return {};
}

Status withdraw(View& view, const Statement& statement, const WithdrawBody& body) {
    const auto id = subject_of<StatementId>(statement);
    view.withdrawn.try_emplace(id, body.why);
    withdraw_fallback(view, id);
    view.fleet.extensions.erase(id);
    if (view.fleet.admin_keys.contains(id)) return withdraw_admin_key(view.fleet, id);
    return {};
}

// A delegation or extension that was taken back before it came is dead on arrival.
Status fleet(View& view, const Statement& statement) {
    if (auto applied = apply_fleet(view.fleet, statement); !applied) return applied;
    if (statement.type == StatementType::admin_key && view.withdrawn.contains(statement.id))
        return withdraw_admin_key(view.fleet, statement.id);
    if (view.withdrawn.contains(statement.id)) view.fleet.extensions.erase(statement.id);
    return {};
}

Status reinstate(View& view, const Statement& statement, const ActBody& body) {
    end_suspensions(view, statement, body);
    if (body.target == Target::person) {
        const auto id = subject_of<PersonId>(statement);
        if (const auto denied = view.denied_persons.find(id);
            denied != view.denied_persons.end() && denied->second == PersonState::suspended)
            view.denied_persons.erase(id);
        if (PersonEntry* const person = view.persons.edit(id);
            person != nullptr && person->record.state == PersonState::suspended)
            person->record.state = PersonState::active;
        return {};
    }
    const auto id = subject_of<CardId>(statement);
    if (const auto denied = view.denied_cards.find(id);
        denied != view.denied_cards.end() && denied->second.state == CardState::suspended)
        view.denied_cards.erase(id);
    if (CardEntry* const card = view.cards.edit(id); card != nullptr && card->record.state == CardState::suspended) {
        card->record.state = CardState::active;
        card->record.reason = DenyReason::none;
        card->record.state_since = to_millis(statement.issued_at);
    }
    return {};
}

// The card lies in the office. It opens nothing, but its key may be enrolled again, as a new card.
Status take_back(View& view, const Statement& statement, const ActBody&) {
    CardEntry* const card = view.cards.edit(subject_of<CardId>(statement));
    if (card == nullptr) return fail(ErrorCode::not_found, "return: no card has this id");
    view.denied_keys.erase(card->record.key);
    view.denied_cards.erase(card->record.id);
    card->record.state = CardState::returned;
    card->record.state_since = to_millis(statement.issued_at);
    return {};
}

bool gives(StatementType type) {
    return type == StatementType::admin_key || type == StatementType::extend || type == StatementType::secret ||
           type == StatementType::exemption || type == StatementType::break_glass || type == StatementType::media;
}

template <class Body>
Status with_body(View& view, const Statement& statement, Status (*act)(View&, const Statement&, const Body&)) {
    const auto body = decode_tlv<Body>(statement.body);
    if (!body) return tl::unexpected<Error>(body.error());
    return act(view, statement, *body);
}

}  // namespace

Status apply(View& view, const Statement& statement) {
    if (gives(statement.type) && given(view, statement.id))
        return fail(ErrorCode::exists, "statement: what another one gave has its id");
    switch (statement.type) {
        case StatementType::authority:
        case StatementType::terminal:
        case StatementType::admin_key:
        case StatementType::key_epoch:
        case StatementType::extend:
        case StatementType::revoke_terminal:
            return fleet(view, statement);
        case StatementType::person:
            return with_body(view, statement, add_person);
        case StatementType::account:
            return with_body(view, statement, add_account);
        case StatementType::card:
            return with_body(view, statement, add_card);
        case StatementType::finger:
            return with_body(view, statement, add_finger);
        case StatementType::policy:
            return with_body(view, statement, set_policy);
        case StatementType::media:
            return with_body(view, statement, allow_media);
        case StatementType::role:
            return with_body(view, statement, set_role);
        case StatementType::exemption:
            return with_body(view, statement, add_exemption);
        case StatementType::secret:
            return with_body(view, statement, add_secret);
        case StatementType::break_glass:
            return with_body(view, statement, add_break_glass);
        case StatementType::details:
            return with_body(view, statement, add_details);
        case StatementType::suspend:
            return with_body(view, statement, suspend);
        case StatementType::revoke:
            return with_body(view, statement, revoke);
        case StatementType::offboard:
            return with_body(view, statement, offboard);
        case StatementType::withdraw:
            return with_body(view, statement, withdraw);
        case StatementType::reinstate:
            return with_body(view, statement, reinstate);
        case StatementType::returned:
            return with_body(view, statement, take_back);
        case StatementType::confirm:
            return with_body(view, statement, confirm_suspension);
    }
    return fail(ErrorCode::unsupported, "statement: a type of a later version");
}

bool lowers(const View& before, const View& after) {
    for (const auto& [id, card] : before.cards) {
        const auto at = after.cards.find(id);
        if (at == after.cards.end() || rank(at->second.record.state) < rank(card.record.state)) return true;
    }
    for (const auto& [id, denial] : before.denied_cards)
        if (const auto at = after.cards.find(id); at != after.cards.end() && rank(at->second.record.state) == 0)
            return true;
    for (const auto& [id, state] : before.denied_persons) {
        const auto at = after.persons.find(id);
        if (at != after.persons.end() && at->second.record.state < state) return true;
    }
    for (const auto& [key, reason] : before.denied_keys)
        if (!after.denied_keys.contains(key)) return true;
    for (const TerminalId& id : before.fleet.denied_terminals)
        if (!after.fleet.denied_terminals.contains(id)) return true;
    for (const auto& [id, why] : before.withdrawn)
        if (!after.withdrawn.contains(id)) return true;
    return false;
}

bool withdraws(const View& view, const StatementId& id) { return !view.withdrawn.contains(id); }

bool changes(const View& view, StatementType type, Target target, ByteSpan subject, const CardKey* key) {
    const auto id_of = [&]<class IdType>(IdType id) {
        std::copy_n(subject.begin(), id.bytes.size(), id.bytes.begin());
        return id;
    };
    if (target == Target::key) return key != nullptr && !view.denied_keys.contains(*key);
    if (target == Target::person) {
        const PersonState wanted = type == StatementType::offboard ? PersonState::gone : PersonState::suspended;
        const auto denied = view.denied_persons.find(id_of(PersonId{}));
        return denied == view.denied_persons.end() || (denied->second != wanted && denied->second != PersonState::gone);
    }
    const CardId id = id_of(CardId{});
    const CardState wanted = type == StatementType::revoke ? CardState::revoked : CardState::suspended;
    if (const auto at = view.cards.find(id); at != view.cards.end())
        return rank(wanted) > rank(at->second.record.state);
    const auto denied = view.denied_cards.find(id);
    return denied == view.denied_cards.end() || rank(wanted) > rank(denied->second.state);
}

const CardEntry* View::card_of_key(const CardKey& key) const {
    const CardEntry* found = nullptr;
    for (const CardId& id : cards_of_key(*this, key)) {
        const CardEntry& card = cards.at(id);
        // A returned card may have been enrolled again: the one that still counts goes first.
        if (found == nullptr || rank(card.record.state) < rank(found->record.state) ||
            (rank(card.record.state) == rank(found->record.state) &&
             card.record.enrolled_at > found->record.enrolled_at))
            found = &card;
    }
    return found;
}

const PolicyEntry* View::policy_at(Millis wall) const {
    const PolicyEntry* found = nullptr;
    for (const PolicyEntry& policy : policies)
        if (policy.effective_at <= wall && (found == nullptr || policy.effective_at >= found->effective_at))
            found = &policy;
    return found;
}

}  // namespace sekimori
