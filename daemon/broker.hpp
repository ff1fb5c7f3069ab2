// SPDX-License-Identifier: Apache-2.0
// Broker: what every part of the daemon shares. Built once by main(), outlives everything that refers to it; one
// thread.
#pragma once

#include <functional>
#include <list>
#include <string>
#include <vector>

#include "core/policy.hpp"
#include "core/ports.hpp"
#include "core/transaction.hpp"
#include "core/verifier.hpp"
#include "daemon/auth/budget.hpp"
#include "daemon/auth/grants.hpp"
#include "daemon/auth/refusals.hpp"
#include "daemon/auth/resolve.hpp"
#include "daemon/auth/turns.hpp"
#include "daemon/store/store.hpp"
#include "daemon/workers/card_client.hpp"
#include "daemon/workers/finger_client.hpp"
#include "protocol/config.hpp"

namespace sekimori::daemon {

class Fleet;
class Flow;
class MediaServer;
class Sessions;

// Card keys of FeliCa Lite-S that this site issued: by a master key or one for all (docs/CARDS.md).
class LiteSKeys {
  public:
    virtual ~LiteSKeys() = default;
    // The keys to try on a card with this ID, in order. Empty: none are configured.
    [[nodiscard]] virtual std::vector<SecureBytes> candidates(const wire::Block& id) const = 0;
};

// An administrator who proved both factors for an enrolment station vouches for what this one caller enrols, until the
// station's dialogue ends or the time is over (docs/THREAT_MODEL.md).
struct StationLease {
    std::string caller;  // its name on the bus: one connection
    PersonId administrator;
    Millis until{};  // boot time
};

struct Broker {
    Config config;
    Clock& clock;  // already judged against the store's high-water mark
    Rng& rng;
    SignatureVerifier& signatures;
    LiteSVerifierPort& lite_s;
    const LiteSKeys& lite_s_keys;
    AccountDirectory& accounts;
    Store& store;
    CardClient& cards;
    FingerClient& fingers;
    Policy policy;
    std::string policy_text;  // that `policy` was read from
    LedgerId ledger;
    TerminalId terminal;
    Grants grants;
    Turns turns;
    std::vector<Flow*> flows;                                                     // running, told of denials
    std::function<void(std::string_view kind, const std::string& id)> on_denied;  // the D-Bus signal

    SecretHashPort* secrets{nullptr};  // compares codes and passwords; without it none is good
    std::function<void(const std::string& person, const std::string& terminal)> on_break_glass{};  // the D-Bus signal

    Refusals refusals{};
    Budget complaints{60, std::chrono::seconds{10}};  // lines of the log that anybody can cause
    Sessions* sessions{nullptr};                      // set by main() while it runs
    MediaServer* media{nullptr};                      // likewise
    Fleet* fleet{nullptr};                            // likewise
    std::list<StationLease> stations{};

    [[nodiscard]] TransactionPolicy transaction_policy() const;
    [[nodiscard]] LockoutPolicy lockout_policy() const;
    // The policy in effect now: the ledger's, else the seed's or the default. A policy that does not parse leaves the
    // one there was.
    void refresh_policy();
    // What was in effect was another ledger's: the default until this one's comes.
    void forget_policy();
    // After a restore: the ledger may be another one.
    void refresh_ledger();
    // A denial is in force in the store: nothing that runs on may use the person or card any more.
    // Returns the ids of the sessions that end by it.
    std::vector<std::string> denied(const std::optional<PersonId>& person, const std::optional<CardId>& card);
    // A code, password or break-glass ticket was taken back.
    void withdrawn(const StatementId& statement);
    // Somebody was given a code, here or at another terminal: what an earlier one of theirs holds is withdrawn.
    void code_given(const PersonId& person);
};

}  // namespace sekimori::daemon
