// SPDX-License-Identifier: Apache-2.0
#include "daemon/auth/account_phase.hpp"

#include <algorithm>

#include "daemon/auth/account.hpp"
#include "daemon/auth/origin.hpp"
#include "daemon/session/sessions.hpp"
#include "event/log.hpp"

namespace sekimori::daemon {
namespace {

PersonStanding standing_of(const Broker& broker, const std::string& account) {
    const auto persons = broker.store.persons_of_account(account);
    if (persons.empty()) return PersonStanding::nobody;
    const bool any = std::any_of(persons.begin(), persons.end(),
                                 [](const PersonRecord& person) { return person.state == PersonState::active; });
    return any ? PersonStanding::active : PersonStanding::none_active;
}

// Whether what the grant rests on is still good: the card, the code, or the time that two administrators gave.
bool holds(const Broker& broker, const GrantRecord& grant) {
    const Instant now = broker.clock.now();
    switch (grant.hold.by) {
        case HeldBy::card: {
            const auto card = broker.store.card(grant.card);
            return card && refusal_of(*card, now.wall) == Reason::granted;
        }
        case HeldBy::code: {
            const auto code = broker.store.secret_of(grant.person, SecretUse::code);
            return code && code->id == grant.hold.statement && in_force(code->until, now);
        }
        case HeldBy::break_glass:
            return in_force(grant.hold.until, now);  // its ticket is spent: a withdrawal took the grant with it
    }
    return false;
}

// The one person of the grant, the card and the account as they are now.
PersonStanding standing_of(const Broker& broker, const GrantRecord& grant) {
    const auto person = broker.store.person(grant.person);
    if (!person || person->state != PersonState::active || !holds(broker, grant)) return PersonStanding::none_active;
    const bool bound = std::any_of(person->accounts.begin(), person->accounts.end(), [&](const AccountRecord& account) {
        return account.name == grant.account && still_bound(account, broker.accounts);
    });
    return bound ? PersonStanding::active : PersonStanding::none_active;
}

enum class Recorded : std::uint8_t { no, yes };

Recorded record(Broker& broker, const char* what, const std::string& service, const std::string& tty,
                const std::optional<GrantRecord>& grant, Reason reason) {
    AuditEvent event{what,           service, tty, std::nullopt, std::nullopt, std::nullopt, reason == Reason::granted,
                     name_of(reason)};
    if (grant) {
        event.who = grant->person;
        if (grant->card.valid()) event.card = grant->card;
    }
    if (!grant) {
        broker.refusals.append(broker.store, event, broker.clock.now().boottime);
        return Recorded::yes;
    }
    const auto stored = broker.store.append(event);
    if (!stored) log_error("{} could not be recorded: {}", what, stored.error().message);
    return stored ? Recorded::yes : Recorded::no;
}

// Which session it is, and that it is watched from now on.
Reason bind(Broker& broker, const BoundSession& session, const GrantRecord& grant) {
    if (!broker.grants.bind(session)) return Reason::internal;
    const Reason reason = broker.sessions != nullptr ? broker.sessions->open(session, grant) : Reason::granted;
    if (reason != Reason::granted) broker.grants.unbind_session(session.id);
    return reason;
}

}  // namespace

Reason judge_account_phase(Broker& broker, const Caller& caller, const wire::Account& account) {
    const Millis now = broker.clock.now().boottime;
    AccountFacts facts;
    facts.service = account.service;
    facts.person = standing_of(broker, account.user);
    facts.held = broker.grants.holds(account.user, now) ? GrantHeld::yes : GrantHeld::no;
    facts.origin = is_local_host(account.rhost) ? Origin::local : Origin::remote;
    std::optional<GrantRecord> grant;
    if (!account.grant.empty()) {
        grant = broker.grants.find(account.grant.span(), account.user, account.service, now);
        facts.grant = grant ? GrantState::valid : GrantState::invalid;
        if (grant) facts.grantee = standing_of(broker, *grant);
    } else if (caller.rank == Rank::unprivileged && broker.grants.unprivileged(caller.peer.uid, account.user, now)) {
        facts.grant = GrantState::valid;
        facts.grantee = facts.person;
    }
    const Reason reason = decide_account(facts, broker.policy);
    if (reason != Reason::granted) record(broker, "account", account.service, caller.place(account.tty), grant, reason);
    return reason;
}

Reason judge_open_session(Broker& broker, const Caller& caller, const wire::OpenSession& open,
                          const OriginFacts& place) {
    const Instant now = broker.clock.now();
    if (open.grant.empty()) {
        AccountFacts facts;
        facts.service = open.service;
        facts.person = standing_of(broker, open.user);
        facts.held = broker.grants.holds(open.user, now.boottime) ? GrantHeld::yes : GrantHeld::no;
        return decide_account(facts, broker.policy);
    }
    const auto grant = broker.grants.take(open.grant.span(), open.user, open.service, now.boottime);
    Reason reason = !grant                                                  ? Reason::account_not_allowed
                    : standing_of(broker, *grant) == PersonStanding::active ? Reason::granted
                                                                            : Reason::revoked_meanwhile;
    std::optional<BoundSession> session;
    if (reason == Reason::granted && grant->intent == wire::Intent::login) {
        session = BoundSession{place.session ? place.session->id : "pid-" + std::to_string(caller.peer.pid),
                               grant->person,
                               grant->card,
                               grant->account,
                               grant->service,
                               place.session ? place.session->seat : "",
                               now.wall,
                               caller.peer.pid,
                               grant->hold};
        // One that logind could not make (pam_systemd is optional in most stacks) is one that nobody can lock or end.
        if (!place.session && broker.config.lockd == LockdRule::required) reason = Reason::no_lockd;
        if (reason == Reason::granted && broker.sessions != nullptr)
            reason = broker.sessions->may_open(*session, *grant);
    }
    // On the disk first: a session that the trail does not have is not opened.
    if (record(broker, "session.open", open.service, open.tty, grant, reason) == Recorded::no &&
        reason == Reason::granted)
        return Reason::record_failed;
    if (reason != Reason::granted || !session) return reason;
    reason = bind(broker, *session, *grant);
    if (reason != Reason::granted) record(broker, "session.open", open.service, open.tty, grant, reason);
    return reason;
}

}  // namespace sekimori::daemon
