// SPDX-License-Identifier: Apache-2.0
// Grants: the tokens of granted transactions until a session takes them, and the sessions that did. In memory only: a
// broker that restarts knows none, and then none is good.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.hpp"
#include "core/instant.hpp"
#include "core/ports.hpp"
#include "core/transaction.hpp"
#include "daemon/io/loop.hpp"
#include "protocol/channel.hpp"
#include "protocol/schema.hpp"

namespace sekimori::daemon {

inline constexpr Millis kGrantLife = std::chrono::seconds{60};
inline constexpr std::size_t kGrantSize = 32;

// What holds a session open: a card, or for a while a code or two administrators' word.
enum class HeldBy : std::uint8_t { card, code, break_glass };
struct Hold {
    HeldBy by{HeldBy::card};
    StatementId statement{};  // of the code or ticket
    Millis until{};           // wall; of a card: 0
};

struct GrantRecord {
    PersonId person;
    CardId card;
    std::string account;
    std::string service;
    wire::Intent intent{};
    std::string ledger_head;  // hex, at the verdict
    Millis expires{};         // boot time
    CardVisit visit{};        // where the card was proved
    Presence presence{Presence::hold};
    Hold hold{};  // without a card, `card` names nothing
};

struct BoundSession {
    std::string id;  // logind's, or "pid-N" where there is none
    PersonId person;
    CardId card;
    std::string account, service, seat;
    Millis since{};  // wall
    pid_t leader{-1};
    Hold hold{};
};

class Grants {
  public:
    // A fresh token of 32 bytes. Errors: what the Rng says.
    [[nodiscard]] Result<SecureBytes> issue(GrantRecord record, Rng& rng);
    // The record of a live token for this account and service.
    [[nodiscard]] std::optional<GrantRecord> find(ByteSpan token, std::string_view account, std::string_view service,
                                                  Millis boottime);
    // The same, and the token is spent.
    [[nodiscard]] std::optional<GrantRecord> take(ByteSpan token, std::string_view account, std::string_view service,
                                                  Millis boottime);
    // A granted transaction of an unprivileged caller: no token, but its account phase within the token's life is good.
    void note_unprivileged(uid_t uid, std::string account, Millis boottime);
    [[nodiscard]] bool unprivileged(uid_t uid, std::string_view account, Millis boottime);

    // The session ends with its leader's process. Errors: io (no pidfd: the process is gone).
    Status bind(BoundSession session);
    void unbind(std::string_view account, pid_t leader);
    void unbind_session(std::string_view id);
    // Another operator sits there now, or the same one with something else.
    void rebind(std::string_view id, const PersonId& person, const CardId& card, const Hold& hold);
    [[nodiscard]] const std::list<BoundSession>& sessions() const noexcept { return sessions_; }
    [[nodiscard]] bool holds(std::string_view account, Millis boottime);

    // A denial: the tokens of that person or card are void. Sessions stay listed: ending them is session_lock's work.
    void revoke(const std::optional<PersonId>& person, const std::optional<CardId>& card);
    void withdraw(const StatementId& statement);
    // The codes by which tokens and sessions of theirs are held.
    [[nodiscard]] std::vector<StatementId> codes_of(const PersonId& person) const;

  private:
    struct Pending {
        SecureBytes token;
        GrantRecord record;
    };
    struct Watch {
        UniqueFd pidfd;
        Source source;
    };
    struct Unprivileged {
        uid_t uid;
        std::string account;
        Millis expires;
    };
    void expire(Millis boottime);
    std::list<Pending> pending_;
    std::list<BoundSession> sessions_;
    std::list<std::pair<std::string, Watch>> watches_;  // by session id
    std::list<Unprivileged> unprivileged_;
};

}  // namespace sekimori::daemon
