// SPDX-License-Identifier: Apache-2.0
// The counters of a transaction, on a real store: charged before the guess, cleared by a success alone.
#include "daemon/auth/charges.hpp"

#include "tests/unit/daemon/store_fixture.hpp"

namespace sekimori::daemon {
namespace {

class ChargesTest : public StoreTest {
  protected:
    void SetUp() override { open(); }
    Charges charges(std::vector<LockoutKey> keys) {
        Charges made(*store, policy);
        made.keys(std::move(keys));
        return made;
    }
    // One whole attempt with the wrong card or finger.
    Status wrong(std::vector<LockoutKey> keys) {
        Charges made = charges(std::move(keys));
        if (const auto charged = made.charge(now); !charged) return tl::unexpected<Error>(charged.error());
        made.failed(now);
        return {};
    }
    std::uint32_t charged(const LockoutKey& key) const { return store->lockout(key).charged; }
    bool locked(const LockoutKey& key) { return charges({key}).worst(now).locked(); }

    const LockoutKey person{LockoutOf::person, "aa"}, card{LockoutOf::card, "bb"}, caller{LockoutOf::caller, "sudo"};
    const LockoutPolicy policy;
    Millis now{clock.at.boottime};
};

TEST_F(ChargesTest, NothingIsChargedAtFirst) {
    const Charges made = charges({person, card, caller});
    EXPECT_FALSE(made.charged());
    EXPECT_FALSE(made.worst(now).locked());
    EXPECT_EQ(made.worst(now).tries, 5U);
}

TEST_F(ChargesTest, TheChargeComesBeforeTheGuessOnEveryKey) {
    Charges made = charges({person, card, caller});
    ASSERT_TRUE(made.charge(now));
    EXPECT_TRUE(made.charged());
    EXPECT_EQ(charged(person), 1U);
    EXPECT_EQ(charged(card), 1U);
    EXPECT_EQ(charged(caller), 1U);
}

TEST_F(ChargesTest, WhoIsKilledStaysCharged) {
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(charges({person}).charge(now)) << i;
    EXPECT_TRUE(locked(person));
    EXPECT_EQ(charges({person}).charge(now).error().code, ErrorCode::locked);
}

TEST_F(ChargesTest, FiveFailuresLock) {
    for (int i = 0; i < 5; ++i) {
        EXPECT_FALSE(locked(person)) << i;
        ASSERT_TRUE(wrong({person}));
    }
    EXPECT_EQ(charges({person}).worst(now).wait, policy.first);
    EXPECT_EQ(wrong({person}).error().code, ErrorCode::locked);
    now += policy.first;
    EXPECT_FALSE(locked(person));
    EXPECT_TRUE(wrong({person}));
}

TEST_F(ChargesTest, EveryFurtherLockIsTwiceAsLongUpToTheMost) {
    Millis expected = policy.first;
    for (int lock = 0; lock < 7; ++lock) {
        for (int i = 0; i < 5; ++i) ASSERT_TRUE(wrong({person}));
        EXPECT_EQ(charges({person}).worst(now).wait, expected);
        now += expected;
        expected = std::min(expected * 2, policy.most);
    }
    EXPECT_EQ(expected, policy.most);
}

TEST_F(ChargesTest, ALockedKeyLocksTheTransactionAndChargesNoOther) {
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(wrong({card}));
    EXPECT_EQ(charges({person, card, caller}).charge(now).error().code, ErrorCode::locked);
    EXPECT_EQ(charged(person), 0U);
    EXPECT_EQ(charged(caller), 0U);
}

TEST_F(ChargesTest, TheWorstOfAllKeysIsTold) {
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(wrong({person}));
    ASSERT_TRUE(wrong({card}));
    EXPECT_EQ(charges({person, card}).worst(now).tries, 2U);
}

TEST_F(ChargesTest, ASuccessClears) {
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(wrong({person, caller}));
    Charges right = charges({person, caller});
    ASSERT_TRUE(right.charge(now));
    right.succeeded();
    EXPECT_FALSE(right.charged());
    EXPECT_EQ(store->lockout(person), LockoutState{});
    EXPECT_EQ(store->lockout(caller), LockoutState{});
}

TEST_F(ChargesTest, AnEndIsToldOnce) {
    Charges made = charges({person});
    ASSERT_TRUE(made.charge(now));
    made.failed(now);
    made.succeeded();
    EXPECT_EQ(charged(person), 1U) << "a success after the failure took the charge back";
}

TEST_F(ChargesTest, WithoutAChargeNoEndChangesAnything) {
    ASSERT_TRUE(wrong({person}));
    Charges idle = charges({person});
    idle.succeeded();
    idle.failed(now);
    EXPECT_EQ(charged(person), 1U);
}

TEST_F(ChargesTest, TheCallerIsCountedApartFromThePerson) {
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(wrong({caller}));
    EXPECT_TRUE(locked(caller));
    EXPECT_FALSE(locked(person));
    EXPECT_FALSE(locked({LockoutOf::person, "sudo"}));
}

TEST_F(ChargesTest, KeysThatComeLaterAreChargedFromThenOn) {
    Charges made = charges({caller});
    ASSERT_TRUE(made.charge(now));
    made.keys({person, card});
    ASSERT_TRUE(made.charge(now));
    EXPECT_EQ(charged(caller), 1U);
    EXPECT_EQ(charged(person), 1U);
    made.failed(now);
    EXPECT_EQ(charged(caller), 1U);
}

TEST_F(ChargesTest, TheCountSurvivesTheProcess) {
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(wrong({person}));
    ASSERT_TRUE(charges({person}).charge(now));  // and the broker is killed
    open();
    EXPECT_TRUE(locked(person));
}

TEST_F(ChargesTest, ARunningLockSurvivesTheBootAndStartsAgain) {
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(wrong({person}));
    clock.at.boot_id = {2};
    clock.at.boottime = now = Millis{10};
    open();
    EXPECT_TRUE(locked(person));
    now = policy.first;
    EXPECT_FALSE(locked(person));
}

TEST_F(ChargesTest, AKeyThatCannotBeStoredCostsTheAttempt) {
    Charges made = charges({{LockoutOf::caller, std::string(1000, 'x')}});
    EXPECT_EQ(made.charge(now).error().code, ErrorCode::too_large);
    EXPECT_FALSE(made.charged());
}

}  // namespace
}  // namespace sekimori::daemon
