// SPDX-License-Identifier: Apache-2.0
// The whole state space of SessionTracker: every reachable state under every event, at the moment it is entered and at
// its deadline, to exhaustion, for both presences, with and without a locker, on personal and shared accounts. A ghost
// beside each state remembers by when a session whose card is gone has to be shut.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <iostream>
#include <set>
#include <sstream>

#include "core/session.hpp"
#include "tests/unit/core/proofs.hpp"

namespace sekimori {
namespace {

using namespace session;
using namespace std::chrono_literals;
using test::id_of;

const PersonId kOwner = id_of<PersonId>(1);
const PersonId kNext = id_of<PersonId>(2);
const CardId kCard = id_of<CardId>(1);
const CardId kNextCard = id_of<CardId>(2);
constexpr int kLockerShare = 60;

// Relative to now: the walk looks at every state from time 0.
struct Ghost {
    Millis shut_by{kNever};   // the card is gone, or nobody knows: by then the session is locked or ends
    Millis watch_by{kNever};  // lockd is lost: by then it is back or the session ends
};

struct Node {
    TrackedSession session;
    Ghost ghost;
};

template <class T>
bool is(const TrackedSession& session) {
    return std::holds_alternative<T>(session.state);
}
template <class T>
bool is(const Event& event) {
    return std::holds_alternative<T>(event);
}
template <class T>
bool has(const std::vector<Action>& actions) {
    return std::any_of(actions.begin(), actions.end(), [](const Action& a) { return std::holds_alternative<T>(a); });
}

void shift(Millis& time, Millis by) {
    if (time != kNever) time -= by;
}
struct Shift {
    Millis by;
    void operator()(Active& s) const { shift(s.idle_until, by); }
    void operator()(Swapping& s) const { shift(s.deadline, by); }
    void operator()(Grace& s) const { shift(s.deadline, by); }
    void operator()(Locking& s) const { shift(s.deadline, by); }
    void operator()(Locked& s) const {
        s.since -= by;
        shift(s.alarm_at, by);
    }
    void operator()(Ending& s) const { shift(s.deadline, by); }
    void operator()(Gone&) const {}
};
struct Times {
    std::string operator()(const Active& s) const { return std::to_string(s.idle_until.count()); }
    std::string operator()(const Locked& s) const {
        return std::to_string(s.since.count()) + ',' + std::to_string(s.alarm_at.count());
    }
    std::string operator()(const Ending& s) const {
        return std::to_string(s.deadline.count()) + ',' + std::to_string(static_cast<int>(s.stage));
    }
    std::string operator()(const Gone&) const { return ""; }
    template <class S>
    std::string operator()(const S& s) const {
        return std::to_string(s.deadline.count());
    }
};
std::string key(const Node& node) {
    std::ostringstream out;
    out << name_of(node.session.state) << ' ' << std::visit(Times{}, node.session.state) << ' '
        << (node.session.person == kOwner) << static_cast<int>(node.session.card_is) << ' '
        << node.session.lockd_by.count() << ' ' << (node.session.fallback ? node.session.fallback->ends_at.count() : -1)
        << ' ' << node.ghost.shut_by.count() << ' ' << node.ghost.watch_by.count();
    return out.str();
}

std::vector<Event> events() {
    return {event::CardAbsent{},
            event::CardProved{},
            event::PresenceUnknown{},
            event::Tapped{},
            event::Denied{},
            event::SwapBegun{},
            event::SwapEnded{},
            event::Unlocked{kOwner, kCard},
            event::Unlocked{kNext, kNextCard},
            event::IdleBegun{},
            event::IdleEnded{},
            event::Seen{Shown::nothing},
            event::Seen{Shown::hint},
            event::Seen{Shown::seat},
            event::LockerGone{},
            event::Removed{Leftover::none},
            event::Removed{Leftover::processes},
            event::Emptied{},
            event::LockdLost{},
            event::LockdBack{},
            event::Tick{}};
}

struct Setup {
    const char* name;
    SessionPolicy policy;
    Presence presence;
    Surface surface;
    Sharing sharing;
    // How long somebody without a card may stay: opened so, and unlocked so.
    std::optional<Millis> fallback{};
};

class Walk {
  public:
    explicit Walk(const Setup& setup) : setup_(setup), policy_(setup.policy) {
        if (setup.fallback) events_.push_back(event::Unlocked{kOwner, {}, Fallback{*setup.fallback}});
    }

    void run() {
        TrackedSession session{kOwner,         kCard,        setup_.presence, setup_.surface,
                               setup_.sharing, CardIs::here, kNever,          Active{}};
        if (setup_.fallback) {
            session.card = {};
            session.card_is = CardIs::away;
            session.fallback = Fallback{*setup_.fallback};
        }
        add({session, {}});
        for (const WasLocked was : {WasLocked::no, WasLocked::yes}) {
            if (was == WasLocked::yes && setup_.surface == Surface::none) continue;  // it was never locked
            auto restored = restore(policy_, session, was, Millis{0});
            EXPECT_FALSE(is<Active>(restored.session)) << "a restarted broker takes nothing for granted";
            const bool at_once = was == WasLocked::yes || setup_.fallback;
            const Millis wait = (at_once ? Millis{0} : policy_.challenge) + locking();
            add({restored.session, {wait, policy_.challenge}});
        }
        while (!queue_.empty()) {
            const Node node = queue_.front();
            queue_.pop_front();
            const Millis due = node.session.deadline(policy_);
            for (const Event& event : events_) {
                visit(node, event, Millis{0});
                if (due != kNever && due > Millis{0}) visit(node, event, due);
            }
        }
    }
    std::size_t states() const { return seen_.size(); }
    std::size_t transitions() const { return transitions_; }
    const std::set<std::string>& names() const { return names_; }

  private:
    Millis locking() const { return policy_.whole * kLockerShare / 100; }

    void add(Node node) {
        ASSERT_LT(seen_.size(), 200000U) << "the state space is not finite";
        names_.insert(name_of(node.session.state));
        if (seen_.insert(key(node)).second) queue_.push_back(std::move(node));
    }

    void visit(const Node& before, const Event& event, Millis now) {
        ++transitions_;
        // What the deadline alone makes of it, then what the event does: `middle` is the state that hears the event.
        const TrackedSession middle = step(policy_, before.session, event::Tick{}, now).session;
        auto stepped = step(policy_, before.session, event, now);
        Node after{stepped.session, before.ghost};
        remember(middle, event, now, after);
        check(before, middle, event, after, stepped.actions, now);
        std::visit(Shift{now}, after.session.state);
        if (auto* locked = std::get_if<Locked>(&after.session.state);
            locked != nullptr && policy_.logoff_after == Millis{0})
            locked->since = Millis{0};  // read by nobody: it would only count up for ever
        shift(after.session.lockd_by, now);
        if (after.session.fallback) shift(after.session.fallback->ends_at, now);
        if (after.session.fallback && (is<Ending>(after.session) || after.session.gone()))
            after.session.fallback->ends_at = Millis{0};  // read by nobody any more
        shift(after.ghost.shut_by, now);
        shift(after.ghost.watch_by, now);
        add(std::move(after));
    }

    void remember(const TrackedSession& middle, const Event& event, Millis now, Node& after) const {
        Ghost& ghost = after.ghost;
        const bool hold = setup_.presence == Presence::hold && !middle.fallback;
        const bool away = (is<event::CardAbsent>(event) && hold) || is<event::PresenceUnknown>(event);
        if (away && ghost.shut_by == kNever) {
            if (is<Active>(middle) && middle.fallback)
                ghost.shut_by = now + locking();
            else if (is<Active>(middle))
                ghost.shut_by = now + (is<event::CardAbsent>(event) ? policy_.grace : policy_.challenge) + locking();
            if (is<Swapping>(middle) && hold) ghost.shut_by = now + policy_.swap + policy_.swap_back + locking();
        }
        if (is<event::LockdLost>(event) && ghost.watch_by == kNever) ghost.watch_by = now + policy_.challenge;
        if (is<event::LockdBack>(event)) ghost.watch_by = kNever;
        const bool proved =
            (is<event::CardProved>(event) || is<event::Tapped>(event)) && (is<Grace>(middle) || is<Swapping>(middle));
        if (proved || opened(middle, event)) ghost.shut_by = kNever;
        const bool shut = is<Locked>(after.session) || is<Ending>(after.session) || after.session.gone();
        if (shut) ghost.shut_by = kNever;
        if (is<Ending>(after.session) || after.session.gone()) ghost.watch_by = kNever;
    }

    // Our own grant, by somebody who may.
    bool opened(const TrackedSession& middle, const Event& event) const {
        const auto* by = std::get_if<event::Unlocked>(&event);
        if (by == nullptr || is<Ending>(middle) || middle.gone()) return false;
        return by->person == middle.person || (setup_.sharing == Sharing::shared && is<Locked>(middle));
    }

    void check(const Node& before, const TrackedSession& middle, const Event& event, const Node& after,
               const std::vector<Action>& actions, Millis now) {
        const std::string where = key(before) + " -> " + key(after) + " by event " + std::to_string(event.index()) +
                                  " at " + std::to_string(now.count());
        if (before.session.gone()) {
            EXPECT_EQ(key(before), key({after.session, before.ghost})) << "gone is gone";
            EXPECT_TRUE(actions.empty()) << where;
            return;
        }
        if (is<event::Denied>(event)) EXPECT_TRUE(is<Ending>(after.session)) << where;
        if (is<Ending>(before.session))
            EXPECT_TRUE(is<Ending>(after.session) || after.session.gone()) << "an end is not taken back: " << where;
        check_opening(middle, event, after.session, where);
        EXPECT_GE(after.ghost.shut_by, now) << "the card is gone and the session is open: " << where;
        if (after.ghost.shut_by == now)
            EXPECT_TRUE(is<Locked>(after.session) || is<Ending>(after.session) || after.session.gone()) << where;
        EXPECT_GT(after.ghost.watch_by, now) << "nobody watches it: " << where;
        if (!is<Active>(after.session) && !is<Locked>(after.session) && !after.session.gone())
            EXPECT_NE(after.session.deadline(policy_), kNever) << where;
        if (is<Locking>(after.session) && !is<Locking>(before.session))
            EXPECT_TRUE(has<action::RequestLock>(actions)) << where;
        if (is<Ending>(after.session) && !is<Ending>(before.session))
            EXPECT_TRUE(has<action::RequestTerminate>(actions) || has<action::RequestTerminateUser>(actions)) << where;
        const bool due = is<Ending>(before.session) && now > Millis{0};
        if (due && is<Ending>(after.session))
            EXPECT_TRUE(has<action::RequestTerminateUser>(actions)) << "asked again: " << where;
        if (is<Locking>(after.session))
            EXPECT_EQ(setup_.surface, Surface::locker) << "nothing could show it: " << where;
        if (setup_.presence == Presence::hold && is<Active>(after.session))
            EXPECT_EQ(after.session.card_is, after.session.fallback ? CardIs::away : CardIs::here) << where;
        check_fallback(before, middle, event, after, now, where);
    }

    // Nothing can be pulled: it ends by itself, whatever it is at, and locks when nobody moves.
    void check_fallback(const Node& before, const TrackedSession& middle, const Event& event, const Node& after,
                        Millis now, const std::string& where) {
        const auto& fallback = before.session.fallback;
        if (fallback && now >= fallback->ends_at)
            EXPECT_TRUE(is<Ending>(after.session) || after.session.gone()) << where;
        if (!middle.fallback) return;
        if (!is<Ending>(after.session) && !after.session.gone())
            EXPECT_LE(
                after.session.deadline(policy_),
                std::max(middle.fallback->ends_at, after.session.fallback ? after.session.fallback->ends_at : kNever))
                << where;
        EXPECT_FALSE(is<Grace>(after.session) || is<Swapping>(after.session)) << "there is no card: " << where;
        if (is<event::IdleBegun>(event) && is<Active>(after.session))
            EXPECT_LE(std::get<Active>(after.session.state).idle_until, now + policy_.fallback_idle) << where;
        // Only a grant makes a session of a card out of it.
        if (!after.session.fallback) EXPECT_TRUE(opened(middle, event)) << where;
    }

    void check_opening(const TrackedSession& middle, const Event& event, const TrackedSession& after,
                       const std::string& where) {
        if (after.person != middle.person || after.card != middle.card)
            EXPECT_TRUE(opened(middle, event)) << "another person sits there: " << where;
        if (is<Locked>(middle)) {
            const bool stays = is<Locked>(after) || is<Locking>(after) || is<Ending>(after) || after.gone();
            EXPECT_TRUE(stays || opened(middle, event)) << where;
            const auto* seen = std::get_if<event::Seen>(&event);
            if ((seen != nullptr && seen->shown == Shown::nothing) || is<event::LockerGone>(event))
                EXPECT_TRUE(is<Ending>(after)) << "unlocked without us: " << where;
        }
        if (!is<Active>(after) || is<Active>(middle)) return;
        const bool proved = is<event::CardProved>(event) || is<event::Tapped>(event);
        if (is<Locking>(middle) || is<Locked>(middle)) EXPECT_TRUE(opened(middle, event)) << where;
        if (is<Grace>(middle)) EXPECT_TRUE(proved || opened(middle, event)) << where;
    }

    Setup setup_;
    SessionPolicy policy_;
    std::vector<Event> events_{events()};
    std::deque<Node> queue_;
    std::set<std::string> seen_;
    std::set<std::string> names_;
    std::size_t transitions_{0};
};

SessionPolicy counter_policy() {
    SessionPolicy policy;
    policy.grace = 3s;
    policy.idle = 300s;
    policy.logoff_after = 900s;
    return policy;
}
SessionPolicy logoff_policy() {
    SessionPolicy policy;
    policy.on_removal = OnRemoval::logoff;
    return policy;
}

class SessionWalk : public testing::TestWithParam<Setup> {};

TEST_P(SessionWalk, ReachesEveryStateAndKeepsEveryInvariant) {
    Walk walk(GetParam());
    walk.run();
    std::cout << "states " << walk.states() << ", transitions " << walk.transitions() << '\n';
    RecordProperty("states", static_cast<int>(walk.states()));
    RecordProperty("transitions", static_cast<int>(walk.transitions()));
    const std::set<std::string> all{"active", "swapping", "grace", "locking", "locked", "ending", "gone"};
    const bool locks = GetParam().surface == Surface::locker;
    for (const std::string& name : all)
        if (GetParam().fallback && GetParam().surface == Surface::none && (name == "swapping" || name == "grace"))
            continue;  // no card, and never locked: nothing brings one
        else if (locks || name != "locking")
            EXPECT_TRUE(walk.names().contains(name)) << name << " was never reached";
}

INSTANTIATE_TEST_SUITE_P(
    All, SessionWalk,
    testing::Values(Setup{"desktop", {}, Presence::hold, Surface::locker, Sharing::personal},
                    Setup{"counter", counter_policy(), Presence::hold, Surface::locker, Sharing::shared},
                    Setup{"counter_tap", counter_policy(), Presence::tap, Surface::locker, Sharing::shared},
                    Setup{"console", {}, Presence::hold, Surface::none, Sharing::personal},
                    Setup{"logoff", logoff_policy(), Presence::hold, Surface::locker, Sharing::personal},
                    Setup{"code", {}, Presence::hold, Surface::locker, Sharing::personal, 100s},
                    Setup{"code_tap", {}, Presence::tap, Surface::locker, Sharing::personal, 100s},
                    Setup{"code_console", {}, Presence::hold, Surface::none, Sharing::personal, 100s}),
    [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace sekimori
