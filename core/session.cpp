// SPDX-License-Identifier: Apache-2.0
#include "core/session.hpp"

#include <algorithm>

namespace sekimori {
namespace {

using namespace session;

// Of the whole time that a lock may take: so much for the locker, so much for the session's end. What is left is for
// the end of everything of the account.
constexpr int kLockerShare = 60;
constexpr int kSessionShare = 20;

Millis share(Millis whole, int percent) { return whole * percent / 100; }

// One step under way.
class Stepper {
  public:
    Stepper(const SessionPolicy& policy, TrackedSession& session, std::vector<Action>& actions, Millis now)
        : policy_(policy), s_(session), actions_(actions), now_(now) {}

    void act(Action action) { actions_.push_back(action); }
    void note(Note what) { act(action::Audit{what}); }

    void activate() { s_.state = Active{}; }
    void doubt(Millis wait) {
        if (wait <= Millis{0}) return removed_card();
        s_.state = Grace{now_ + wait};
    }
    // The card is away and its time is over.
    void removed_card() {
        if (policy_.on_removal == OnRemoval::logoff) return end(Note::end_card);
        lock();
    }
    void lock() {
        if (s_.surface == Surface::none) return end(Note::end_card);
        s_.state = Locking{now_ + share(policy_.whole, kLockerShare)};
        act(action::RequestLock{});
    }
    void locked() {
        const Millis alarm = s_.card_is == CardIs::here ? now_ + policy_.left_behind : kNever;
        s_.state = Locked{now_, alarm};
        note(Note::locked);
    }
    void end(Note why) {
        s_.lockd_by = kNever;  // nothing is left to wait for; what is asked for now is asked again when lockd is back
        s_.state = Ending{now_ + share(policy_.whole, kSessionShare), EndStage::session};
        note(why);
        act(action::RequestTerminate{});
    }
    void end_user() {
        s_.lockd_by = kNever;
        s_.state = Ending{now_ + std::max(share(policy_.whole, kSessionShare), Millis{1}), EndStage::user};
        act(action::RequestTerminateUser{});
    }
    void removed(Leftover left) {
        if (left == Leftover::processes) return end_user();
        s_.state = Gone{};
        note(Note::gone);
    }
    void card_absent() {
        s_.card_is = CardIs::away;
        if (auto* locked = std::get_if<Locked>(&s_.state)) locked->alarm_at = kNever;
        if (!s_.fallback && s_.presence == Presence::hold && std::holds_alternative<Active>(s_.state))
            doubt(policy_.grace);
    }
    void card_proved() {
        if (s_.fallback) return;  // it has no card
        s_.card_is = CardIs::here;
        if (std::holds_alternative<Grace>(s_.state)) activate();
        if (auto* locked = std::get_if<Locked>(&s_.state); locked != nullptr && locked->alarm_at == kNever)
            locked->alarm_at = now_ + policy_.left_behind;
    }
    void presence_unknown() {
        s_.card_is = CardIs::away;
        if (auto* locked = std::get_if<Locked>(&s_.state)) locked->alarm_at = kNever;
        if (!std::holds_alternative<Active>(s_.state)) return;
        // Nothing could answer for it.
        if (s_.fallback) return lock();
        doubt(policy_.challenge);
    }
    void swap_ended() {
        if (!std::holds_alternative<Swapping>(s_.state)) return;
        if (s_.card_is == CardIs::here || s_.presence == Presence::tap) return activate();
        doubt(policy_.swap_back);
    }
    void unlocked(const event::Unlocked& by) {
        const bool same = by.person == s_.person;
        if (!same && (s_.sharing != Sharing::shared || !std::holds_alternative<Locked>(s_.state))) return;
        const bool shut = std::holds_alternative<Locked>(s_.state) || std::holds_alternative<Locking>(s_.state);
        if (!shut && !std::holds_alternative<Grace>(s_.state)) return;
        s_.person = by.person;
        s_.card = by.card;
        s_.fallback = by.fallback;
        s_.card_is = by.fallback ? CardIs::away : CardIs::here;
        activate();
        if (shut) note(same ? Note::unlocked : Note::operator_changed);
    }
    void seen(Shown shown) {
        const bool is_locked = std::holds_alternative<Locked>(s_.state);
        if (shown == Shown::nothing) {
            if (is_locked) end(Note::end_unlocked);
            return;
        }
        // The locker of a session may lock it at any time: from then on only our own grant opens it.
        if (!is_locked && !std::holds_alternative<Ending>(s_.state)) locked();
    }
    void lockd_back() {
        s_.lockd_by = kNever;
        // What was asked for may never have been heard; what was seen may have changed meanwhile.
        if (std::holds_alternative<Locking>(s_.state)) act(action::RequestLock{});
        if (std::holds_alternative<Locked>(s_.state)) lock();
        if (const auto* ending = std::get_if<Ending>(&s_.state)) {
            if (ending->stage == EndStage::session) act(action::RequestTerminate{});
            if (ending->stage == EndStage::user) act(action::RequestTerminateUser{});
        }
    }
    void idle() {
        auto* active = std::get_if<Active>(&s_.state);
        if (active == nullptr) return;
        Millis wait = policy_.idle > Millis{0} ? policy_.idle : kNever;
        if (s_.fallback) wait = std::min(wait, policy_.fallback_idle);
        if (wait != kNever) active->idle_until = now_ + wait;
    }

    // What a deadline that has passed does. True if one had.
    bool expire() {
        const bool over = s_.fallback && now_ >= s_.fallback->ends_at;
        if (over && !std::holds_alternative<Ending>(s_.state)) {
            end(Note::end_fallback);
            return true;
        }
        if (now_ >= s_.lockd_by) {
            end(Note::end_unwatched);
            return true;
        }
        if (const auto* active = std::get_if<Active>(&s_.state); active != nullptr && now_ >= active->idle_until) {
            lock();
            return true;
        }
        if (const auto* swapping = std::get_if<Swapping>(&s_.state);
            swapping != nullptr && now_ >= swapping->deadline) {
            if (s_.card_is == CardIs::here || s_.presence == Presence::tap)
                activate();
            else
                removed_card();
            return true;
        }
        if (const auto* grace = std::get_if<Grace>(&s_.state); grace != nullptr && now_ >= grace->deadline) {
            removed_card();
            return true;
        }
        if (const auto* locking = std::get_if<Locking>(&s_.state); locking != nullptr && now_ >= locking->deadline) {
            end(Note::end_deadline);
            return true;
        }
        if (const auto* ending = std::get_if<Ending>(&s_.state); ending != nullptr && now_ >= ending->deadline) {
            end_user();
            return true;
        }
        return expire_locked();
    }

  private:
    bool expire_locked() {
        auto* locked = std::get_if<Locked>(&s_.state);
        if (locked == nullptr) return false;
        if (policy_.logoff_after > Millis{0} && now_ >= locked->since + policy_.logoff_after) {
            end(Note::end_locked_long);
            return true;
        }
        if (now_ < locked->alarm_at) return false;
        locked->alarm_at = kNever;
        note(Note::card_left);
        act(action::Alarm{});
        return true;
    }

    const SessionPolicy& policy_;
    TrackedSession& s_;
    std::vector<Action>& actions_;
    Millis now_;
};

struct Table {
    Stepper& s;
    TrackedSession& t;
    const SessionPolicy& policy;
    Millis now;

    [[nodiscard]] bool ending() const { return std::holds_alternative<Ending>(t.state); }

    void operator()(const event::CardAbsent&) const { s.card_absent(); }
    void operator()(const event::CardProved&) const { s.card_proved(); }
    void operator()(const event::PresenceUnknown&) const { s.presence_unknown(); }
    void operator()(const event::Tapped&) const {
        if (std::holds_alternative<Active>(t.state) && t.presence == Presence::tap && !t.fallback) return s.lock();
        s.card_proved();
    }
    void operator()(const event::Denied&) const {
        if (!ending()) s.end(Note::end_denied);
    }
    void operator()(const event::SwapBegun&) const {
        // From Active alone: an elevation begun again and again keeps no session open without its card.
        if (std::holds_alternative<Active>(t.state) && !t.fallback) t.state = Swapping{now + policy.swap};
    }
    void operator()(const event::SwapEnded&) const { s.swap_ended(); }
    void operator()(const event::Unlocked& by) const { s.unlocked(by); }
    void operator()(const event::IdleBegun&) const { s.idle(); }
    void operator()(const event::IdleEnded&) const {
        if (auto* active = std::get_if<Active>(&t.state)) active->idle_until = kNever;
    }
    void operator()(const event::Seen& seen) const { s.seen(seen.shown); }
    void operator()(const event::LockerGone&) const {
        if (std::holds_alternative<Locked>(t.state)) s.end(Note::end_unlocked);
    }
    void operator()(const event::Removed& removed) const { s.removed(removed.left); }
    void operator()(const event::Emptied&) const {
        if (ending()) s.removed(Leftover::none);
    }
    void operator()(const event::LockdLost&) const {
        if (t.lockd_by == kNever && !ending()) t.lockd_by = now + policy.challenge;
    }
    void operator()(const event::LockdBack&) const { s.lockd_back(); }
    void operator()(const event::Tick&) const {}
};

}  // namespace

Millis TrackedSession::deadline(const SessionPolicy& policy) const noexcept {
    struct Of {
        const SessionPolicy& policy;
        Millis operator()(const Active& s) const { return s.idle_until; }
        Millis operator()(const Swapping& s) const { return s.deadline; }
        Millis operator()(const Grace& s) const { return s.deadline; }
        Millis operator()(const Locking& s) const { return s.deadline; }
        Millis operator()(const Locked& s) const {
            return std::min(s.alarm_at, policy.logoff_after > Millis{0} ? s.since + policy.logoff_after : kNever);
        }
        Millis operator()(const Ending& s) const { return s.deadline; }
        Millis operator()(const Gone&) const { return kNever; }
    };
    Millis own = std::visit(Of{policy}, state);
    if (fallback && !std::holds_alternative<Ending>(state)) own = std::min(own, fallback->ends_at);
    return gone() ? kNever : std::min(own, lockd_by);
}

SessionStep restore(const SessionPolicy& policy, TrackedSession session, WasLocked was, Millis now) {
    SessionStep out{std::move(session), {}};
    out.session.card_is = CardIs::away;
    out.session.lockd_by = now + policy.challenge;  // lockd has not said anything to this broker yet
    Stepper stepper(policy, out.session, out.actions, now);
    if (was == WasLocked::yes || out.session.fallback)
        stepper.lock();
    else
        stepper.doubt(policy.challenge);
    return out;
}

SessionStep step(const SessionPolicy& policy, TrackedSession session, const Event& event, Millis now) {
    SessionStep out{std::move(session), {}};
    if (out.session.gone()) return out;
    Stepper stepper(policy, out.session, out.actions, now);
    // A deadline that has passed comes first: an event that arrives after it finds the state that it led to.
    (void)stepper.expire();
    std::visit(Table{stepper, out.session, policy, now}, event);
    return out;
}

const char* name_of(Note note) noexcept {
    switch (note) {
        case Note::locked:
            return "session.lock";
        case Note::unlocked:
            return "session.unlock";
        case Note::operator_changed:
            return "session.operator";
        case Note::end_card:
            return "session.end.card";
        case Note::end_unlocked:
            return "session.end.unlocked";
        case Note::end_deadline:
            return "session.end.deadline";
        case Note::end_denied:
            return "session.end.denied";
        case Note::end_locked_long:
            return "session.end.locked-long";
        case Note::end_unwatched:
            return "session.end.unwatched";
        case Note::end_fallback:
            return "session.end.fallback";
        case Note::card_left:
            return "session.card-left";
        case Note::gone:
            return "session.gone";
    }
    return "";
}

const char* name_of(const State& state) noexcept {
    struct Of {
        const char* operator()(const Active&) const { return "active"; }
        const char* operator()(const Swapping&) const { return "swapping"; }
        const char* operator()(const Grace&) const { return "grace"; }
        const char* operator()(const Locking&) const { return "locking"; }
        const char* operator()(const Locked&) const { return "locked"; }
        const char* operator()(const Ending&) const { return "ending"; }
        const char* operator()(const Gone&) const { return "gone"; }
    };
    return std::visit(Of{}, state);
}

}  // namespace sekimori
