// SPDX-License-Identifier: Apache-2.0
#include "daemon/broker.hpp"

#include "daemon/auth/flow.hpp"
#include "daemon/fleet/fleet.hpp"
#include "daemon/media/media_server.hpp"
#include "daemon/policy/policy_json.hpp"
#include "daemon/session/sessions.hpp"
#include "event/log.hpp"

namespace sekimori::daemon {

TransactionPolicy Broker::transaction_policy() const {
    TransactionPolicy waits;
    waits.card = config.limits.card;
    waits.pin = config.limits.pin;
    waits.finger = config.limits.finger;
    waits.total = config.limits.transaction;
    waits.finger_tries = config.limits.finger_tries;
    return waits;
}

LockoutPolicy Broker::lockout_policy() const {
    return {config.limits.failures, config.limits.lockout, config.limits.lockout_max};
}

void Broker::refresh_policy() {
    const std::string text = store.policy_text();
    if (text.empty() || text == policy_text) return;
    auto parsed = parse_policy(text);
    if (!parsed) {
        // With none before it, the default could be laxer than what was meant: then nothing is allowed.
        if (policy_text.empty()) policy.rules.clear();
        return log_error("the ledger's policy is not taken: {}", parsed.error().message);
    }
    policy = std::move(*parsed);
    policy_text = text;
}

void Broker::forget_policy() {
    policy = default_policy();
    policy_text.clear();
}

void Broker::refresh_ledger() {
    if (const auto id = LedgerId::parse(store.ledger_id())) ledger = *id;
    refresh_policy();
    if (media != nullptr) media->changed();
}

std::vector<std::string> Broker::denied(const std::optional<PersonId>& person, const std::optional<CardId>& card) {
    for (Flow* flow : std::vector(flows)) flow->denied(person, card);
    grants.revoke(person, card);
    std::vector<std::string> ended;
    if (sessions != nullptr) ended = sessions->denied(person, card);
    if (fleet != nullptr) fleet->denied_here(ended);
    if (on_denied && card) on_denied("card", card->hex());
    if (on_denied && person) on_denied("person", person->hex());
    return ended;
}

void Broker::withdrawn(const StatementId& statement) {
    for (Flow* flow : std::vector(flows)) flow->withdrawn(statement);
    grants.withdraw(statement);
    if (sessions != nullptr) sessions->withdrawn(statement);
    if (on_denied) on_denied("statement", statement.hex());
}

void Broker::code_given(const PersonId& person) {
    const auto current = store.secret_of(person, SecretUse::code);
    for (const StatementId& code : grants.codes_of(person))
        if (!current || current->id != code) withdrawn(code);
}

}  // namespace sekimori::daemon
