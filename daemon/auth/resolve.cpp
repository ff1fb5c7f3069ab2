// SPDX-License-Identifier: Apache-2.0
#include "daemon/auth/resolve.hpp"

#include <algorithm>

namespace sekimori::daemon {
namespace {

std::optional<Denied> pin_refusal(const CardRecord& card, const wire::CardReference& reference) {
    if (!needs_pin(card.slot)) return std::nullopt;
    switch (reference.pin) {
        case wire::PinState::blocked:
            return Denied{Reason::pin_blocked, 0};
        case wire::PinState::missing:
            return Denied{Reason::pin_missing, 0};
        case wire::PinState::ready:
            // Only an office unblocks a PIN: the last try is left to its owner (facts: cards, A3).
            if (reference.tries <= 1) return Denied{Reason::pin_last_try, reference.tries};
            return std::nullopt;
        case wire::PinState::not_needed:
        case wire::PinState::unknown:
            return std::nullopt;
    }
    return Denied{Reason::internal, 0};
}

std::vector<std::string> usable_accounts(const PersonRecord& person, std::string_view user,
                                         AccountDirectory& directory) {
    std::vector<std::string> names;
    for (const AccountRecord& account : person.accounts)
        if ((user.empty() || account.name == user) && still_bound(account, directory)) names.push_back(account.name);
    return names;
}

bool is_exempt(const Store& store, const PersonRecord& person, const Instant& now) {
    const auto exemption = store.exemption_of(person.id);
    return exemption && in_force(exemption->until, now);
}

// What the policy wants, whichever of the accounts it will be: all that any of them wants, for a group's rule must hold
// also when the card says who it is. An account that nothing opens falls out of the list.
std::optional<FactorSet> wanted(const Policy& policy, const ResolveQuestion& question, AccountDirectory& directory,
                                const Means& means, std::vector<std::string>& accounts) {
    const auto of = [&](std::vector<std::string> groups) {
        PolicyQuestion one = question.policy;
        one.groups = std::move(groups);
        auto alternatives = allowed(policy, one);
        // Who administers shows card and finger, whatever else is good for a login.
        if (question.scope == Scope::administrator)
            std::erase_if(alternatives, [](const FactorSet& set) { return !set.has(Factor::finger); });
        return choose(alternatives, means);
    };
    if (accounts.empty()) return of({});
    std::optional<FactorSet> all;
    std::erase_if(accounts, [&](const std::string& account) {
        const auto set = of(directory.groups_of(account));
        if (set) all = all ? all->with(*set) : *set;
        return !set;
    });
    return all;
}

}  // namespace

bool still_bound(const AccountRecord& account, AccountDirectory& directory) {
    if (!account.uid) return true;
    return directory.uid_of(account.name) == account.uid;
}

std::variant<Resolved, Denied> entitle(const Store& store, AccountDirectory& directory, const Policy& policy,
                                       const CardVisit& visit, const CardRecord& card,
                                       const ResolveQuestion& question) {
    const auto person = store.person(card.person);
    const bool administrator = question.scope == Scope::administrator;
    if (!person) return Denied{Reason::card_unknown, 0};
    // Whose card it is comes first: of somebody else's card nothing more is told.
    const auto owns = [&](const AccountRecord& account) { return account.name == question.user; };
    if (!administrator && !question.user.empty() &&
        std::none_of(person->accounts.begin(), person->accounts.end(), owns))
        return Denied{Reason::card_not_yours, 0};
    if (const Reason refusal = refusal_of(card, question.now.wall); refusal != Reason::granted)
        return Denied{refusal, 0};
    // A card that was lent for a day: nobody can tell whether the day is over.
    if (card.temporary && question.now.wall_quality == WallQuality::suspect) return Denied{Reason::clock_suspect, 0};
    if (person->state != PersonState::active)
        return Denied{person->state == PersonState::gone ? Reason::card_revoked : Reason::person_suspended, 0};
    const Opens opens = store.opens();
    if (opens == Opens::nothing ||
        (opens == Opens::certificate_cards && strength_of(card.type) != CardStrength::certificate))
        return Denied{Reason::fleet_stale, 0};
    if (administrator && !person->roles.may(question.right)) return Denied{Reason::not_permitted, 0};
    if (question.other_than == person->id) return Denied{Reason::same_person, 0};
    if (strength_of(card.type) < policy.least) return Denied{Reason::card_weak, 0};
    std::vector<std::string> accounts = usable_accounts(*person, administrator ? "" : question.user, directory);
    if (accounts.empty() && !administrator) return Denied{Reason::account_not_allowed, 0};
    const bool excepted =
        !administrator && policy.fallbacks == Fallbacks::allowed && is_exempt(store, *person, question.now);
    const Means means{card.slot, static_cast<std::uint32_t>(store.fingers_of(person->id).size()), person->min_fingers,
                      store.secret_of(person->id, SecretUse::password) ? Password::set : Password::none,
                      excepted ? Exempt::yes : Exempt::no};
    const auto set = wanted(policy, question, directory, means, accounts);
    if (!set)
        return Denied{means.fingers < means.min_fingers ? Reason::fingers_missing : Reason::account_not_allowed, 0};
    // What two accounts want together may be more than anybody can prove at once.
    if (!set->provable()) return Denied{Reason::account_not_allowed, 0};
    if (opens == Opens::certificate_cards && !set->has(Factor::finger)) return Denied{Reason::fleet_stale, 0};
    Candidate candidate{visit,
                        person->id,
                        card.id,
                        card.slot,
                        *set,
                        policy.contact,
                        needs_pin(card.slot) ? Ask::yes : Ask::no,
                        !administrator && accounts.size() > 1 ? Ask::yes : Ask::no,
                        0};
    return Resolved{candidate, card, *person, std::move(accounts)};
}

Reason refusal_of(const CardRecord& card, Millis wall) noexcept {
    switch (card.state) {
        case CardState::active:
            break;
        case CardState::suspended:
            return Reason::card_suspended;
        case CardState::expired:
            return Reason::card_expired;
        case CardState::revoked:
        case CardState::returned:
        case CardState::destroyed:
            return Reason::card_revoked;
    }
    if (card.expires_at != Millis{0} && wall >= card.expires_at) return Reason::card_expired;
    return Reason::granted;
}

Reason refusal_of(wire::CardFault fault) noexcept {
    switch (fault) {
        case wire::CardFault::gone:
            return Reason::card_removed;
        case wire::CardFault::no_application:
            return Reason::card_unknown;
        case wire::CardFault::pin_wrong:
            return Reason::pin_wrong;
        case wire::CardFault::pin_last_try:
            return Reason::pin_last_try;
        case wire::CardFault::pin_blocked:
            return Reason::pin_blocked;
        case wire::CardFault::pin_missing:
            return Reason::pin_missing;
        case wire::CardFault::pin_malformed:
            return Reason::pin_malformed;
        case wire::CardFault::no_key:
            return Reason::card_unknown;
        case wire::CardFault::busy:
        case wire::CardFault::unreadable:
        case wire::CardFault::timeout:
        case wire::CardFault::unsupported:
        case wire::CardFault::internal:
            return Reason::card_unreadable;
    }
    return Reason::internal;
}

std::variant<Resolved, Denied> resolve(const Store& store, AccountDirectory& directory, const Policy& policy,
                                       const CardVisit& visit, const std::vector<wire::CardReference>& references,
                                       const ResolveQuestion& question) {
    Denied refusal{Reason::card_unknown, 0};
    for (const wire::CardReference& reference : references) {
        const auto card = store.card_by_key(reference.key);
        // A key that was reported lost before anybody enrolled it has no card of its own: it is revoked all the same.
        if (!card) continue;
        if (!card->id.valid()) {
            refusal = {refusal_of(*card, question.now.wall), 0};
            continue;
        }
        if (card->type != reference.type || card->slot != reference.slot) continue;
        auto judged = entitle(store, directory, policy, visit, *card, question);
        if (auto* fits = std::get_if<Resolved>(&judged)) {
            const auto pin = pin_refusal(*card, reference);
            if (reference.pin == wire::PinState::ready) fits->candidate.tries = reference.tries;
            if (!pin) return judged;
            refusal = *pin;
        } else {
            refusal = std::get<Denied>(judged);
        }
    }
    return refusal;
}

}  // namespace sekimori::daemon
