// SPDX-License-Identifier: Apache-2.0
// Sessions: the broker's side of every session that was opened with a card. One SessionTracker (core/session.hpp) for
// each; its actions go to lockd, what lockd, the readers and the ledger say comes in as events.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "core/session.hpp"
#include "daemon/broker.hpp"
#include "daemon/session/lock_client.hpp"
#include "daemon/session/presence.hpp"
#include "daemon/session/session_file.hpp"

namespace sekimori::daemon {

// A card's turn at a one-slot reader while a session's own card is away. Ends with its last copy.
struct Swap {
    CardVisit own;                // the visit that is to be left alone
    Millis back;                  // afterwards its card has so long to be there again
    std::shared_ptr<void> lease;  // held by the elevation
};

// Whose factors were right at an unlock, and with what.
struct Unlocker {
    PersonId person;
    CardId card;  // names nothing without one
    Hold hold;
    CardVisit visit;
};

class Sessions final : public CardListener, private LockListener {
  public:
    Sessions(Broker& broker, LockClient& lockd);
    ~Sessions() override;
    Sessions(const Sessions&) = delete;
    Sessions& operator=(const Sessions&) = delete;

    // The sessions of the broker before this one. Call once, before anything else.
    void restore();

    // Whether there is somebody who can lock (or the lab does without).
    [[nodiscard]] bool can_open() const;
    // Called when that changes.
    void on_change(std::function<void()> changed) { changed_ = std::move(changed); }
    // Whether a login's session may be opened; nothing is done yet.
    [[nodiscard]] Reason may_open(const BoundSession& bound, const GrantRecord& grant) const;
    // A login's session. granted: it is watched from now on. Otherwise it must not be opened.
    [[nodiscard]] Reason open(BoundSession bound, const GrantRecord& grant);
    // Whether an unlock by that person would open the account's session, as unlock() would say now.
    [[nodiscard]] Reason may_unlock(const std::string& account, const std::string& session, const PersonId& person);
    // An unlock whose factors were right: whether it opens the account's session. `session`: logind's id of the
    // caller's session, "" if it has none. Call before the verdict is sent.
    [[nodiscard]] Reason unlock(const std::string& account, const std::string& session, const Unlocker& by);
    // An elevation of somebody else's rights from the session of `account`.
    [[nodiscard]] std::optional<Swap> swap(const std::string& account, const std::string& target);
    // The ids of those that end by it.
    std::vector<std::string> denied(const std::optional<PersonId>& person, const std::optional<CardId>& card);
    // Of a code or break-glass ticket: what it holds open ends.
    void withdrawn(const StatementId& statement);
    // Calls back when nothing is ending any more, or after `bound`; never if the result is dropped.
    [[nodiscard]] std::shared_ptr<void> when_ended(Millis bound, std::function<void()> done);

    struct Listed {
        BoundSession bound;
        const char* state;
    };
    [[nodiscard]] std::vector<Listed> list() const;

    void card_inserted(const CardVisit& visit) override;
    void card_removed(const CardVisit& visit) override;
    void readers_changed() override {}

  private:
    struct One {
        BoundSession bound;
        TrackedSession tracked;
        std::optional<CardVisit> visit;  // where its card was proved
        std::unique_ptr<PresenceRound> round;
        Source timer, drop_round;
        Source card_over;  // a card that was lent for a day holds nothing open after it
    };
    struct Wait {
        std::function<void()> done;
        Source timer;
    };
    void lockd_up() override;
    void lockd_down() override;
    void session_facts(const wire::SessionFacts& facts) override;
    void session_event(const std::string& id, const session::Event& event) override;
    void machine_slept() override;

    void feed(One& one, const session::Event& event);
    void adopt(One& one, SessionStep step);
    void perform(One& one, const session::Action& action, const PersonId& before);
    void note(const One& one, session::Note note, const PersonId& before);
    void challenge(One& one, const CardVisit& visit);
    void challenge_all();
    void watch(const One& one);
    void watch_end(One& one);
    void sweep();
    void wake();
    Status save() const;
    [[nodiscard]] SessionPolicy policy() const;
    [[nodiscard]] bool still_good(const BoundSession& bound) const;
    // On the clock that nobody sets: what a hold's end is from now.
    [[nodiscard]] std::optional<session::Fallback> fallback_of(const Hold& hold) const;
    [[nodiscard]] One* find(const std::string& id);
    [[nodiscard]] tl::expected<One*, Reason> to_unlock(const std::string& account, const std::string& session,
                                                       const PersonId& person);
    [[nodiscard]] bool ending() const;
    [[nodiscard]] Millis boottime() const { return broker_.clock.now().boottime; }

    Broker& broker_;
    LockClient& lockd_;
    SessionFile file_;
    std::list<One> sessions_;  // addresses stay
    std::list<std::weak_ptr<Wait>> waits_;
    std::function<void()> changed_;
    Source sweep_;
};

}  // namespace sekimori::daemon
