// SPDX-License-Identifier: Apache-2.0
// SessionTracker: what becomes of a session whose owner logged in with a card, as a pure state machine,
// step(policy, session, event, now) -> {session, actions}.
//
//   Active ─► Grace ─► Locking ─► Locked ─► Ending ─► Gone
//     │ ▲      └─ its card answered a challenge: Active
//     │ └──────── our own Granted{unlock}, of the same person or of the next operator: from Grace, Locking and Locked
//     └─► Swapping   another card has the reader for a bounded time (elevation)
//   every state ─► Ending (denied)      Gone absorbs every event
//
// The driver (daemon/session, and session_lock/ while there is no broker) performs the actions and feeds back what came
// of them; times are boot time. Invariants, walked to exhaustion by tests/unit/core/session_walk_test.cpp:
//   - a session whose card is gone is locked, or its end was asked for, by the deadline, in whatever order events come;
//   - from Grace only a challenge that was answered or our own grant leads back to Active; from Locking and Locked only
//     our own grant; from Ending nothing does;
//   - a person who is denied ends, whatever the state;
//   - one that no card holds open (Fallback) is never longer Active than idle allows, and is ended at its time in every
//   state;
//   - every state but Active and Locked has a deadline, and the deadlines sum up to a bound;
//   - the end of a session is asked for again and again until it is gone.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "core/factor.hpp"
#include "core/ids.hpp"
#include "core/instant.hpp"

namespace sekimori {

enum class OnRemoval : std::uint8_t { lock, logoff };

struct SessionPolicy {
    OnRemoval on_removal{OnRemoval::lock};
    Millis grace{0};                                // between the card's removal and the lock
    Millis whole{std::chrono::seconds{2}};          // from the end of the grace to locked or ended
    Millis challenge{std::chrono::seconds{5}};      // for what is not known to be proved again
    Millis swap{std::chrono::seconds{90}};          // another card's turn at the reader, at most
    Millis swap_back{std::chrono::seconds{20}};     // for the owner's card to come back after it
    Millis left_behind{std::chrono::minutes{1}};    // a card that lies there while the session is locked
    Millis idle{0};                                 // from "idle" to the lock; 0: never
    Millis logoff_after{0};                         // from the lock to the end; 0: never
    Millis fallback_idle{std::chrono::minutes{1}};  // the same as `idle` where no card holds it open; never "never"
};

inline constexpr Millis kNever = Millis::max();

namespace session {

// What can lock it: a locker in the session, or nothing (a console): then it ends instead.
enum class Surface : std::uint8_t { locker, none };
// Whose account it is. Only a shared one has operators that change.
enum class Sharing : std::uint8_t { personal, shared };
// What is seen of the lock: nothing; the locker's word and the locker alive; the greeter has the seat and we don't.
enum class Shown : std::uint8_t { nothing, hint, seat };
enum class CardIs : std::uint8_t { away, here };
enum class Lockd : std::uint8_t { lost, there };
enum class Leftover : std::uint8_t { none, processes };

// Opened with no card (substitute code, break-glass): nothing can be pulled, so it locks when idle and ends by itself.
struct Fallback {
    Millis ends_at;  // boot time
    bool operator==(const Fallback&) const = default;
};

// ---- states
struct Active {
    Millis idle_until{kNever};  // then it locks
};
struct Swapping {
    Millis deadline;
};
struct Grace {
    Millis deadline;
};
struct Locking {
    Millis deadline;
};
struct Locked {
    Millis since;
    Millis alarm_at{kNever};  // the card lies there, nobody is
};
// What was asked for last. `user`: everything of the account, if no other session of it is left.
enum class EndStage : std::uint8_t { session, user };
struct Ending {
    Millis deadline;
    EndStage stage{EndStage::session};
};
struct Gone {};
using State = std::variant<Active, Swapping, Grace, Locking, Locked, Ending, Gone>;

// ---- events
namespace event {
struct CardAbsent {};       // it left its reader
struct CardProved {};       // it answered a fresh challenge; that a card lies there says nothing
struct PresenceUnknown {};  // the card worker was lost, the machine slept
struct Tapped {};           // presence `tap`: its card was presented again, and answered
struct Denied {};           // person or card revoked, suspended, gone
struct SwapBegun {};
struct SwapEnded {};
struct Unlocked {
    PersonId person;
    CardId card;
    std::optional<Fallback> fallback{};  // with a code: no card
};                                       // our own Granted{unlock}
struct IdleBegun {};
struct IdleEnded {};
struct Seen {
    Shown shown;
};                     // lockd: at the start and at every change
struct LockerGone {};  // the process that showed the lock ended
struct Removed {
    Leftover left;
};                  // logind has it no more
struct Emptied {};  // nor any process of its user
struct LockdLost {};
struct LockdBack {};  // it watches the session again and will say what it sees
struct Tick {};
}  // namespace event
using Event =
    std::variant<event::CardAbsent, event::CardProved, event::PresenceUnknown, event::Tapped, event::Denied,
                 event::SwapBegun, event::SwapEnded, event::Unlocked, event::IdleBegun, event::IdleEnded, event::Seen,
                 event::LockerGone, event::Removed, event::Emptied, event::LockdLost, event::LockdBack, event::Tick>;

// ---- actions
// What the trail is told. Names: name_of().
enum class Note : std::uint8_t {
    locked,
    unlocked,
    operator_changed,
    end_card,      // logoff by policy, or nothing to lock with
    end_unlocked,  // unlocked without us, or its locker ended
    end_deadline,  // no lock in time
    end_denied,
    end_locked_long,
    end_unwatched,  // lockd did not come back
    end_fallback,   // the code or the emergency was over
    card_left,
    gone,
};
namespace action {
struct RequestLock {};
struct RequestTerminate {};
struct RequestTerminateUser {};  // also: kill what ignores its end
struct Alarm {};                 // a card was left behind
struct Audit {
    Note note;
};
}  // namespace action
using Action = std::variant<action::RequestLock, action::RequestTerminate, action::RequestTerminateUser, action::Alarm,
                            action::Audit>;

}  // namespace session

struct TrackedSession {
    PersonId person;
    CardId card;
    Presence presence{Presence::hold};
    session::Surface surface{session::Surface::none};
    session::Sharing sharing{session::Sharing::personal};
    session::CardIs card_is{session::CardIs::here};
    Millis lockd_by{kNever};  // lockd is lost; it must be back by then
    session::State state{session::Active{}};
    std::optional<session::Fallback> fallback{};

    [[nodiscard]] bool gone() const noexcept { return std::holds_alternative<session::Gone>(state); }
    // When a Tick is due; kNever: no deadline runs.
    [[nodiscard]] Millis deadline(const SessionPolicy& policy) const noexcept;
};

struct SessionStep {
    TrackedSession session;
    std::vector<session::Action> actions;
};

// What a broker knows after its restart: it was locked, or it was not. Either way nothing is taken for granted.
enum class WasLocked : std::uint8_t { no, yes };
[[nodiscard]] SessionStep restore(const SessionPolicy& policy, TrackedSession session, WasLocked was, Millis now);
[[nodiscard]] SessionStep step(const SessionPolicy& policy, TrackedSession session, const session::Event& event,
                               Millis now);

[[nodiscard]] const char* name_of(session::Note note) noexcept;
[[nodiscard]] const char* name_of(const session::State& state) noexcept;

}  // namespace sekimori
