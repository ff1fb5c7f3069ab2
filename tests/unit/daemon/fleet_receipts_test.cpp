// SPDX-License-Identifier: Apache-2.0
#include "daemon/fleet/receipts.hpp"

#include "tests/unit/daemon/fleet_rig.hpp"

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
    Receipt older{std::nullopt, std::nullopt, {}};  // than this broker
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

// Of what was confirmed before the broker came nobody knows how long it took, nor of all together.
TEST_F(Receipts, NoTimeIsInventedForWhatWasBefore) {
    EXPECT_EQ(state({&older}).slowest, Millis{0}) << "nobody has said anything";
    older.add(by(1), Millis{1200});
    EXPECT_FALSE(state({&older}).slowest);
    EXPECT_EQ(state({&older}).confirmed, 1U);
    one.add(by(1), Millis{1200});
    EXPECT_FALSE(state({&older, &one}).slowest);
    EXPECT_FALSE(state({&one, &older}).slowest);
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

class ReceiptsAfterARestart : public FleetRig {
  protected:
    // The broker is killed, and another one comes.
    void restart() {
        agent = Channel();
        fleet_end.reset();
        broker.reset();
        open();
        start();
    }
    ReceiptState seen(ByteSpan subject) {
        const auto denials = fleet_end->denials_of(subject);
        return denials.empty() ? ReceiptState{} : fleet_end->receipt(denials);
    }
};

TEST_F(ReceiptsAfterARestart, ADenialOfTheChainIsFoundAndWatchedAgain) {
    const CardId card = enrolled();
    up();
    ASSERT_TRUE(store->revoke_card(card, DenyReason::lost, by));
    (void)broker->denied(std::nullopt, card);
    settle();
    const auto ack = expect<wire::Acknowledge>();
    place_outbox();
    const auto before = fleet_end->denials_of(card.bytes);
    ASSERT_EQ(before.size(), 1U);
    say(wire::AckStored{before.front()});
    restart();
    up();
    EXPECT_EQ(fleet_end->denials_of(card.bytes), before);
    EXPECT_EQ(fleet_end->receipt(before).confirmed, 0U) << "the server has what was said";
    int filled = 0;
    const auto watch = fleet_end->watch(before, [&] { ++filled; });
    EXPECT_EQ(expect<wire::WatchAcks>().statement, before.front());
    say(wire::AckCame{ack.record});
    EXPECT_EQ(filled, 1);
    const auto state = fleet_end->receipt(before);
    EXPECT_EQ(state.confirmed, 1U);
    EXPECT_FALSE(state.slowest);
    EXPECT_TRUE(state.refuse_at_latest);
}

TEST_F(ReceiptsAfterARestart, OneThatWaitsIsKnownWithThisTerminalsOwnWord) {
    const CardId card = enrolled();
    ASSERT_TRUE(store->revoke_card(card, DenyReason::lost, by));
    (void)broker->denied(std::nullopt, card);
    settle();
    restart();
    const auto state = seen(card.bytes);
    EXPECT_EQ(state.confirmed, 1U);
    EXPECT_FALSE(state.slowest);
    EXPECT_FALSE(state.refuse_at_latest) << "it has no entry";
}

TEST_F(ReceiptsAfterARestart, TheLastDenialIsMeantAndNobodyElses) {
    const CardId card = enrolled();
    up();
    ASSERT_TRUE(store->suspend_card(card, by));
    place_outbox();
    ASSERT_TRUE(store->revoke_card(card, DenyReason::lost, by));
    place_outbox();
    restart();
    const auto last = store->fleet()->denials_of(card.bytes).value();
    ASSERT_EQ(last.size(), 1U);
    EXPECT_EQ(last.front().statement.type, StatementType::revoke);
    EXPECT_EQ(last.front().placed, Millis{static_cast<Millis::rep>(fleet().facts().head.time)});
    EXPECT_TRUE(fleet_end->denials_of(test::id_of<CardId>(99).bytes).empty());
}

}  // namespace
}  // namespace sekimori::daemon
