// SPDX-License-Identifier: Apache-2.0
// SessionTracker on the paths that a person knows, with their times.
#include <gtest/gtest.h>

#include <algorithm>

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

template <class T>
bool is(const TrackedSession& session) {
    return std::holds_alternative<T>(session.state);
}
template <class T>
bool has(const std::vector<Action>& actions) {
    return std::any_of(actions.begin(), actions.end(), [](const Action& a) { return std::holds_alternative<T>(a); });
}

class Session : public testing::Test {
  protected:
    void feed(const Event& event, Millis now) {
        auto stepped = step(policy, session, event, now);
        session = stepped.session;
        actions = stepped.actions;
    }
    SessionPolicy policy;
    TrackedSession session{kOwner, kCard, Presence::hold, Surface::locker, Sharing::shared, CardIs::here, kNever, {}};
    std::vector<Action> actions;
};

TEST_F(Session, APulledCardLocksAndOnlyItsOwnerOpens) {
    feed(event::CardAbsent{}, 10s);
    ASSERT_TRUE(is<Locking>(session));
    EXPECT_TRUE(has<action::RequestLock>(actions));
    feed(event::Seen{Shown::hint}, 10s + 300ms);
    ASSERT_TRUE(is<Locked>(session));
    feed(event::CardProved{}, 20s);
    EXPECT_TRUE(is<Locked>(session)) << "a card that is back opens nothing";
    feed(event::Unlocked{kOwner, kCard}, 21s);
    EXPECT_TRUE(is<Active>(session));
}

TEST_F(Session, WithoutALockTheWholeIsOverInTwoSeconds) {
    feed(event::CardAbsent{}, 10s);
    feed(event::Tick{}, 10s + 1199ms);
    EXPECT_TRUE(is<Locking>(session));
    feed(event::Tick{}, 10s + 1200ms);
    EXPECT_TRUE(has<action::RequestTerminate>(actions));
    feed(event::Tick{}, 10s + 1600ms);
    EXPECT_TRUE(has<action::RequestTerminateUser>(actions));
    feed(event::Seen{Shown::hint}, 10s + 1700ms);
    EXPECT_TRUE(is<Ending>(session)) << "too late";
    feed(event::Removed{Leftover::none}, 10s + 1800ms);
    EXPECT_TRUE(session.gone());
}

TEST_F(Session, AnOperatorChangeRebindsAndSaysSo) {
    feed(event::CardAbsent{}, 0s);
    feed(event::Seen{Shown::hint}, 1s);
    feed(event::Unlocked{kNext, kNextCard}, 2s);
    EXPECT_EQ(session.person, kNext);
    ASSERT_EQ(actions.size(), 1U);
    EXPECT_EQ(std::get<action::Audit>(actions[0]).note, Note::operator_changed);
}

TEST_F(Session, ACardThatStaysWhenItsOwnerLeftRaisesOneAlarm) {
    feed(event::Seen{Shown::hint}, 0s);
    EXPECT_EQ(session.deadline(policy), policy.left_behind);
    feed(event::Tick{}, policy.left_behind);
    EXPECT_TRUE(has<action::Alarm>(actions));
    EXPECT_EQ(session.deadline(policy), kNever);
}

TEST_F(Session, WithACodeItLocksWhenIdleAndEndsWithTheCode) {
    feed(event::CardAbsent{}, 0s);
    feed(event::Seen{Shown::hint}, 1s);
    feed(event::Unlocked{kOwner, {}, Fallback{3600s}}, 2s);
    ASSERT_TRUE(is<Active>(session));
    feed(event::CardAbsent{}, 3s);
    EXPECT_TRUE(is<Active>(session)) << "whatever cards come and go";
    feed(event::IdleBegun{}, 10s);
    feed(event::Tick{}, 10s + policy.fallback_idle);
    ASSERT_TRUE(is<Locking>(session)) << "although the policy knows no idle lock";
    feed(event::Seen{Shown::hint}, 71s);
    EXPECT_EQ(session.deadline(policy), 3600s);
    feed(event::Tick{}, 3600s);
    ASSERT_TRUE(is<Ending>(session));
    EXPECT_EQ(std::get<action::Audit>(actions[0]).note, Note::end_fallback);
}

TEST_F(Session, TheCardTakesOverFromTheCode) {
    session.fallback = Fallback{3600s};
    feed(event::Seen{Shown::hint}, 1s);
    feed(event::Unlocked{kOwner, kCard}, 2s);
    ASSERT_TRUE(is<Active>(session));
    EXPECT_FALSE(session.fallback);
    feed(event::CardAbsent{}, 3s);
    EXPECT_TRUE(is<Locking>(session));
}

TEST_F(Session, AnElevationWithAnotherCardDoesNotLock) {
    feed(event::SwapBegun{}, 0s);
    feed(event::CardAbsent{}, 5s);
    EXPECT_TRUE(actions.empty());
    feed(event::SwapEnded{}, 30s);
    ASSERT_TRUE(is<Grace>(session));
    feed(event::SwapBegun{}, 31s);
    EXPECT_EQ(session.deadline(policy), 50s) << "no new lease without the own card";
    feed(event::CardProved{}, 40s);
    EXPECT_TRUE(is<Active>(session));
}

}  // namespace
}  // namespace sekimori
