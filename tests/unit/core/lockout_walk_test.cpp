// SPDX-License-Identifier: Apache-2.0
// The whole state space of Lockout: charge, failure, success and reboot in every order, at every moment that it can
// tell apart.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <iostream>
#include <map>
#include <tuple>

#include "core/lockout.hpp"

namespace sekimori {
namespace {

using namespace std::chrono_literals;
const LockoutPolicy kPolicy{3, 30s, 120s};

using Key = std::tuple<std::uint32_t, std::uint32_t, Millis::rep, bool>;
// Time is abstracted to what remains of the lock; the exponent beyond the cap is one state.
Key key(const LockoutState& state, bool open) {
    return {state.charged, std::min(state.locks, 5U),
            std::max(state.remaining - (Millis{0} - state.since), Millis{0}).count(), open};
}

TEST(LockoutWalk, NeverMoreGuessesThanAllowed) {
    struct Node {
        LockoutState state;
        bool open;  // an attempt was charged and its end not told
    };
    std::deque<Node> queue{{LockoutState{}, false}};
    std::map<Key, int> seen{{key({}, false), 0}};
    std::size_t transitions = 0;
    const auto add = [&](LockoutState state, bool open, Millis now) {
        // Every state is looked at from time 0: what remains, remains.
        if (state.remaining > Millis{0}) state.remaining = std::max(state.remaining - (now - state.since), Millis{0});
        state.since = Millis{0};
        state.locks = std::min(state.locks, 5U);
        ++transitions;
        if (seen.insert({key(state, open), 0}).second) queue.push_back({state, open});
    };
    while (!queue.empty()) {
        const Node node = queue.front();
        queue.pop_front();
        const Millis left = view(kPolicy, node.state, Millis{0}).wait;  // of a lock, or of an attempt without an end
        for (const Millis now : {Millis{0}, std::max(left - 1ms, Millis{0}), left, left + 1ms}) {
            const LockoutView before = view(kPolicy, node.state, now);
            EXPECT_LE(before.tries, kPolicy.failures);
            EXPECT_LE(before.wait, kPolicy.most);
            EXPECT_EQ(before.locked(), before.tries == 0) << "locked and tries left exclude each other";
            const LockoutState charged = charge(kPolicy, node.state, now);
            if (before.locked()) {
                EXPECT_LE(charged.charged, node.state.charged) << "a locked counter takes no guess";
                EXPECT_TRUE(view(kPolicy, charged, now).locked());
            } else {
                const bool full = node.state.charged >= kPolicy.failures;  // its lock is over
                EXPECT_EQ(charged.charged, full ? 1 : node.state.charged + 1);
                EXPECT_LE(charged.charged, kPolicy.failures);
            }
            add(charged, !before.locked(), now);
            if (node.open) {
                const LockoutState lost = failed(kPolicy, node.state, now);
                if (node.state.charged >= kPolicy.failures) {
                    EXPECT_TRUE(view(kPolicy, lost, now).locked()) << "the last failure locks";
                    EXPECT_GT(lost.locks, node.state.locks);
                }
                add(lost, false, now);
                EXPECT_EQ(succeeded(), LockoutState{});
                add(succeeded(), false, now);
            }
            // A power cut makes nothing free: what was charged stays, a lock never gets shorter.
            const LockoutState after = rebooted(kPolicy, node.state);
            EXPECT_GE(view(kPolicy, after, Millis{0}).wait, view(kPolicy, node.state, node.state.since).wait);
            add(after, false, Millis{0});
        }
    }
    std::cout << "states " << seen.size() << ", transitions " << transitions << '\n';
    EXPECT_GT(seen.size(), 20U);
}

TEST(Lockout, FiveFailuresLockForThirtySecondsAndThenTwiceAsLong) {
    const LockoutPolicy policy;
    LockoutState state;
    const auto fail_times = [&](int times, Millis now) {
        for (int i = 0; i < times; ++i) state = failed(policy, charge(policy, state, now), now);
    };
    fail_times(4, 0s);
    EXPECT_EQ(view(policy, state, 0s).tries, 1U);
    fail_times(1, 0s);
    EXPECT_EQ(view(policy, state, 0s).wait, 30s);
    EXPECT_TRUE(view(policy, state, 29999ms).locked());
    EXPECT_FALSE(view(policy, state, 30s).locked());
    Millis now = 30s;
    for (const Millis expected : {Millis{60s}, Millis{120s}, Millis{240s}, Millis{480s}, Millis{900s}, Millis{900s}}) {
        fail_times(5, now);
        EXPECT_EQ(view(policy, state, now).wait, expected);
        now += expected;
    }
    EXPECT_EQ(view(policy, succeeded(), now).tries, 5U);
}

TEST(Lockout, AnAttemptThatNeverEndedLocksAsAFailedOne) {
    const LockoutPolicy policy;
    LockoutState state;
    for (int i = 0; i < 5; ++i) state = charge(policy, state, 10s);  // killed each time before the verdict
    EXPECT_TRUE(view(policy, state, 10s).locked());
    EXPECT_EQ(view(policy, state, 20s).wait, 20s) << "the lock runs from the last charge on";
    EXPECT_TRUE(view(policy, state, 39999ms).locked());
    EXPECT_EQ(view(policy, state, 40s).tries, 5U) << "nobody is locked out until the next boot";
    EXPECT_EQ(charge(policy, state, 40s), (LockoutState{1, 1, Millis{0}, 40s})) << "and the next lock is longer";
    EXPECT_EQ(view(policy, failed(policy, state, 20s), 20s).wait, 30s) << "a verdict that does come starts it anew";
    EXPECT_TRUE(view(policy, rebooted(policy, state), Millis{0}).locked());
    EXPECT_FALSE(view(policy, rebooted(policy, state), 30s).locked());
}

}  // namespace
}  // namespace sekimori
