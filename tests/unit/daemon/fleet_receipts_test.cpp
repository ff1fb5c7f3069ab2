// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "daemon/fleet/receipts.hpp"
#include "tests/unit/ledger/world.hpp"

namespace sekimori::daemon {
namespace {

using test::id_of;
constexpr Millis kDay = std::chrono::hours{24};

class Receipts : public testing::Test {
  protected:
    Receipts() {
        for (std::uint8_t n = 1; n <= 3; ++n) (void)world.join(n, n == 3 ? 2 : 1);
    }
    static Acknowledgement by(std::uint8_t terminal, std::uint16_t sessions = 0) {
        Acknowledgement ack;
        ack.terminal = id_of<TerminalId>(terminal);
        ack.sessions = sessions;
        return ack;
    }
    ReceiptState state(const std::vector<const Receipt*>& of) const {
        return state_of(of, world.view().fleet, offline);
    }
    // In force from the beginning.
    void policy(const FreshnessPolicy& all, const FreshnessPolicy& second_group) {
        offline = {{Millis{0}, Millis{0}, OfflinePolicy{all, {{id_of<GroupId>(2), second_group}}}}};
    }
    test::World world;
    std::vector<OfflineRule> offline;
    Receipt one{Millis{1000}, std::nullopt, {}};
};

TEST_F(Receipts, FillsTerminalByTerminal) {
    one.add(by(1), Millis{1200});
    one.add(by(2, 2), Millis{1800});
    const auto now = state({&one});
    EXPECT_EQ(now.terminals, 3U);
    EXPECT_EQ(now.confirmed, 2U);
    EXPECT_EQ(now.sessions, 2U);
    EXPECT_EQ(now.slowest, Millis{800});
    ASSERT_EQ(now.missing.size(), 1U);
    EXPECT_EQ(now.missing.front().name, "t3");
    EXPECT_FALSE(now.full());
}

TEST_F(Receipts, TheFirstWordStandsAndStrangersDoNotCount) {
    one.add(by(1, 2), Millis{1200});
    one.add(by(1, 0), Millis{9000});
    one.add(by(77), Millis{1300});
    const auto now = state({&one});
    EXPECT_EQ(now.confirmed, 1U);
    EXPECT_EQ(now.sessions, 2U);
    EXPECT_EQ(now.slowest, Millis{200});
}

TEST_F(Receipts, ARevokedTerminalIsNotWaitedFor) {
    one.add(by(1), Millis{1200});
    one.add(by(2), Millis{1200});
    ASSERT_TRUE(world.place(world.say(world.authority, StatementType::revoke_terminal, id_of<TerminalId>(3).bytes,
                                      RevokeTerminalBody{DenyReason::stolen, {}})));
    EXPECT_TRUE(state({&one}).full());
}

TEST_F(Receipts, OfTwoDenialsWhoeverConfirmedBoth) {
    Receipt two{Millis{1000}, std::nullopt, {}};
    one.add(by(1), Millis{1200});
    one.add(by(2), Millis{1200});
    two.add(by(1), Millis{1300});
    EXPECT_EQ(state({&one, &two}).confirmed, 1U);
}

TEST_F(Receipts, WhenTheOthersRefuseItIsSaidOnlyWhereItIsTrue) {
    EXPECT_FALSE(state({&one}).refuse_at_latest) << "no entry: nobody knows when heartbeats end to count";
    one.placed = Millis{5'000'000};
    EXPECT_EQ(state({&one}).refuse_at_latest, Millis{5'000'000} + kDay) << "as a policy that says nothing";
    policy({kDay, PastMax::deny}, {kDay, PastMax::certificate});
    EXPECT_FALSE(state({&one}).refuse_at_latest) << "a card with a certificate goes on there";
    policy({kDay, PastMax::deny}, {kDay, PastMax::certificate, std::chrono::hours{10}});
    EXPECT_EQ(state({&one}).refuse_at_latest, Millis{5'000'000} + kDay + std::chrono::hours{10});
    one.add(by(3), Millis{1200});
    EXPECT_EQ(state({&one}).refuse_at_latest, Millis{5'000'000} + kDay) << "that was the one that goes on";
    one.add(by(1), Millis{1200});
    one.add(by(2), Millis{1200});
    EXPECT_EQ(state({&one}).refuse_at_latest, one.placed) << "and nobody is missing";
}

TEST_F(Receipts, ATerminalOfALaxerGroupIsWaitedForAsLongAsItMayOpen) {
    one.placed = Millis{5'000'000};
    policy({kDay, PastMax::deny}, {3 * kDay, PastMax::deny});
    EXPECT_EQ(state({&one}).refuse_at_latest, *one.placed + 3 * kDay);
    one.add(by(3), Millis{1200});
    EXPECT_EQ(state({&one}).refuse_at_latest, *one.placed + kDay);
}

TEST_F(Receipts, WhoMayNotHaveHeardOfAStricterPolicyGoesByTheOneBefore) {
    one.placed = world.now + 5 * kDay;
    offline = {{world.now, world.now, OfflinePolicy{{7 * kDay, PastMax::deny}, {}}},
               {world.now + kDay, world.now + kDay, OfflinePolicy{{kDay, PastMax::deny}, {}}}};
    EXPECT_EQ(state({&one}).refuse_at_latest, world.now + 8 * kDay);
    one.placed = world.now + 8 * kDay;
    EXPECT_EQ(state({&one}).refuse_at_latest, *one.placed + kDay) << "who did not hear of it is too old by now";
}

TEST_F(Receipts, WhoJoinedLaterKnowsWhatCameBefore) {
    offline = {{Millis{0}, Millis{0}, OfflinePolicy{{kDay, PastMax::certificate}, {}}},
               {Millis{1}, Millis{1}, OfflinePolicy{{kDay, PastMax::deny}, {}}}};
    one.placed = world.now;
    EXPECT_EQ(state({&one}).refuse_at_latest, *one.placed + kDay);
}

TEST_F(Receipts, AMovedTerminalMayThinkItselfInItsEarlierGroup) {
    const TerminalEntry third = world.view().fleet.terminals.at(id_of<TerminalId>(3));
    ASSERT_TRUE(world.place(world.say(world.authority, StatementType::terminal, id_of<TerminalId>(3).bytes,
                                      TerminalBody{"t3", id_of<GroupId>(1), third.sign, third.box, {}})));
    one.placed = world.now;
    policy({kDay, PastMax::deny}, {3 * kDay, PastMax::deny});
    EXPECT_EQ(state({&one}).refuse_at_latest, *one.placed + 3 * kDay);
}

TEST_F(Receipts, OfAPolicyThatCannotBeReadNothingIsPromised) {
    offline = {{Millis{0}, Millis{0}, std::nullopt}};
    one.placed = world.now;
    EXPECT_FALSE(state({&one}).refuse_at_latest);
}

TEST_F(Receipts, AnExtensionIsCountedWhereItsTerminalDidNotConfirm) {
    one.placed = world.now;
    const Millis until = world.now + kMaxExtension;
    ASSERT_TRUE(world.place(world.say(world.authority, StatementType::extend, id_of<TerminalId>(3).bytes,
                                      ExtendBody{ExtendScope::terminal, {}}, until)));
    EXPECT_EQ(state({&one}).refuse_at_latest, until);
    one.add(by(3), Millis{1200});
    EXPECT_EQ(state({&one}).refuse_at_latest, *one.placed + kDay);
}

}  // namespace
}  // namespace sekimori::daemon
