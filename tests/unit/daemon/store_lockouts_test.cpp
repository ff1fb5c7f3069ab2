// SPDX-License-Identifier: Apache-2.0
// Counters outlive the process; a running lock starts again with what remained of it after a boot.
#include "tests/unit/daemon/store_fixture.hpp"

namespace sekimori::daemon {
namespace {

class StoreLockouts : public StoreTest {
  protected:
    const LockoutKey person{LockoutOf::person, "aa"}, caller{LockoutOf::caller, "uid 1000"};
};

TEST_F(StoreLockouts, NobodyIsLockedAtFirst) {
    open();
    EXPECT_EQ(store->lockout(person), LockoutState{});
}

TEST_F(StoreLockouts, TheSameBootKeepsTheState) {
    open();
    const LockoutState state{3, 1, Millis{500}, Millis{900}};
    ASSERT_TRUE(store->set_lockout(person, state));
    EXPECT_EQ(store->lockout(person), state);
    EXPECT_EQ(store->lockout(caller), LockoutState{});
    EXPECT_EQ(store->lockout({LockoutOf::card, "aa"}), LockoutState{});
    open();
    EXPECT_EQ(store->lockout(person), state);
}

TEST_F(StoreLockouts, AnotherBootRestartsWhatRemains) {
    open();
    ASSERT_TRUE(store->set_lockout(person, {0, 2, Millis{60'000}, Millis{5'000}}));
    clock.at.boot_id = {2};
    clock.at.boottime = Millis{100};
    open();
    const LockoutState after = store->lockout(person);
    EXPECT_EQ(after.remaining, Millis{60'000});
    EXPECT_EQ(after.since, Millis{0});
    EXPECT_TRUE(view(LockoutPolicy{}, after, clock.at.boottime).locked());
}

// Killed between the last allowed charge and its verdict: the next boot locks by the policy of the configuration.
TEST_F(StoreLockouts, AFullCounterLocksAfterABoot) {
    open();
    ASSERT_TRUE(store->set_lockout(person, {3, 0, Millis{0}, Millis{0}}));
    close();
    clock.at.boot_id = {2};
    StoreOptions strict = options();
    strict.lockout.failures = 3;
    strict.lockout.first = Millis{1234};
    auto opened = Store::open(std::move(strict), clock, rng);
    ASSERT_TRUE(opened);
    EXPECT_EQ((*opened)->lockout(person).remaining, Millis{1234});
}

// The same without a boot between: the lock has an end.
TEST_F(StoreLockouts, AFullCounterLocksAndOpensAgainWithoutABoot) {
    open();
    const LockoutPolicy policy;
    LockoutState state;
    for (std::uint32_t i = 0; i < policy.failures; ++i) state = charge(policy, state, clock.at.boottime);
    ASSERT_TRUE(store->set_lockout(person, state));
    open();  // the broker was killed before the last verdict
    EXPECT_TRUE(view(policy, store->lockout(person), clock.at.boottime).locked());
    const Millis later = clock.at.boottime + policy.first;
    EXPECT_FALSE(view(policy, store->lockout(person), later).locked());
    EXPECT_EQ(charge(policy, store->lockout(person), later).charged, 1U);
    EXPECT_EQ(charge(policy, store->lockout(person), later).locks, 1U) << "the next lock is longer";
}

TEST_F(StoreLockouts, ASuccessClears) {
    open();
    ASSERT_TRUE(store->set_lockout(person, {3, 1, Millis{0}, Millis{0}}));
    ASSERT_TRUE(store->set_lockout(caller, {1, 0, Millis{0}, Millis{0}}));
    ASSERT_TRUE(store->set_lockout(person, succeeded()));
    open();
    EXPECT_EQ(store->lockout(person), LockoutState{});
    EXPECT_EQ(store->lockout(caller).charged, 1U);
}

TEST_F(StoreLockouts, AnEndlessKeyIsRefused) {
    open();
    EXPECT_EQ(
        store->set_lockout({LockoutOf::caller, std::string(1000, 'x')}, {1, 0, Millis{0}, Millis{0}}).error().code,
        ErrorCode::too_large);
}

}  // namespace
}  // namespace sekimori::daemon
