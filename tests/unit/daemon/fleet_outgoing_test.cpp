// SPDX-License-Identifier: Apache-2.0
// What goes to the server, and who waits for it.
#include "tests/unit/daemon/fleet_rig.hpp"
#include "tests/unit/daemon/full_disk.hpp"

namespace sekimori::daemon {
namespace {

class Outgoing : public FleetRig {
  protected:
    void SetUp() override {
        FleetRig::SetUp();
        card = enrolled();
    }
    CardId card;
};

TEST_F(Outgoing, AnOwnDenialGoesOutUntilItHasItsEntry) {
    ASSERT_TRUE(store->revoke_card(card, DenyReason::lost, by)) << "without agent or server";
    broker->denied(std::nullopt, card);
    up();
    const auto submit = expect<wire::Submit>();
    say(wire::SubmitDone{submit.statement, wire::SubmitOutcome::stored, ""});
    link(wire::LinkIs::down);
    link(wire::LinkIs::up);
    EXPECT_EQ(expect<wire::Submit>().statement, submit.statement) << "a server that lost it gets it again";
    ASSERT_TRUE(world.place(*decode_tlv<SignedStatement>(submit.sealed)));
    say_entry(world.links.back());
    link(wire::LinkIs::down);
    link(wire::LinkIs::up);
    EXPECT_FALSE(hears(wire::MessageType::submit));
}

// The other terminals have room.
TEST_F(Outgoing, ADenialGoesOutFromAFullDisk) {
    up();
    const FullDisk full;
    ASSERT_TRUE(store->revoke_card(card, DenyReason::lost, by));
    broker->denied(std::nullopt, card);
    const auto sealed = decode_tlv<SignedStatement>(expect<wire::Submit>().sealed);
    ASSERT_TRUE(sealed);
    EXPECT_EQ(decode_tlv<Statement>(sealed->bytes)->type, StatementType::revoke);
}

TEST_F(Outgoing, ItsAcknowledgementIsThisTerminalsOwnToo) {
    ASSERT_TRUE(store->revoke_card(card, DenyReason::lost, by));
    broker->denied(std::nullopt, card);
    const auto denials = fleet_end->denials_of(card.bytes);
    ASSERT_EQ(denials.size(), 1U);
    const auto receipt = fleet_end->receipt(denials);
    EXPECT_EQ(receipt.terminals, 1U);
    EXPECT_EQ(receipt.confirmed, 1U);
    up();
    EXPECT_EQ(opened(expect<wire::Acknowledge>()).statement, denials.front());
}

TEST_F(Outgoing, DenialsGoFirst) {
    NewCard other = new_card(store->persons().front().id, 2);
    ASSERT_TRUE(store->add_card(std::move(other), by));
    ASSERT_TRUE(store->suspend_card(card, by));
    up();
    const auto first = decode_tlv<SignedStatement>(expect<wire::Submit>().sealed);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->type, StatementType::suspend);
}

TEST_F(Outgoing, ADenialOvertakesGrantsThatWaitForTheServer) {
    up();
    for (std::uint8_t i = 2; i < 22; ++i) ASSERT_TRUE(store->add_card(new_card(store->persons().front().id, i), by));
    settle();
    ASSERT_TRUE(store->suspend_card(card, by));
    settle();
    std::size_t before = 0;
    for (;; ++before) {
        const auto one = decode_tlv<SignedStatement>(expect<wire::Submit>().sealed);
        ASSERT_TRUE(one) << "nobody answers, and more grants than go at once came first";
        if (one->type == StatementType::suspend) break;
    }
    EXPECT_LT(before, 20U) << "the rest waits";
    EXPECT_FALSE(hears(wire::MessageType::submit));
}

TEST_F(Outgoing, WithoutTheServerNothingIsGranted) {
    (void)greet();
    link(wire::LinkIs::down);
    const auto refused = store->add_card(new_card(store->persons().front().id, 2), by);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
    EXPECT_TRUE(store->suspend_card(card, by)) << "a denial needs nobody";
    link(wire::LinkIs::up);
    EXPECT_TRUE(store->add_card(new_card(store->persons().front().id, 2), by));
}

TEST_F(Outgoing, WhoWaitsHearsOfTheEntry) {
    up();
    ASSERT_TRUE(store->add_card(new_card(store->persons().front().id, 2), by));
    std::optional<Status> outcome;
    const auto wait = fleet_end->when_placed({store->fleet()->waiting().front().hash}, std::chrono::minutes{1},
                                             [&](const Status& told) { outcome = told; });
    const auto submit = expect<wire::Submit>();
    say(wire::SubmitDone{submit.statement, wire::SubmitOutcome::stored, ""});
    EXPECT_FALSE(outcome);
    ASSERT_TRUE(world.place(*decode_tlv<SignedStatement>(submit.sealed)));
    say_entry(world.links.back());
    ASSERT_TRUE(outcome);
    EXPECT_TRUE(*outcome);
}

// Patience begins anew with each that was placed.
TEST_F(Outgoing, WhoeverWaitsForManyWaitsWhileTheyComeIn) {
    up();
    const PersonId person = store->persons().front().id;
    ASSERT_TRUE(store->add_card(new_card(person, 2), by));
    ASSERT_TRUE(store->add_card(new_card(person, 3), by));
    constexpr std::chrono::milliseconds kPatience{500};
    using Clock = std::chrono::steady_clock;
    std::optional<Status> outcome;
    std::vector<Hash> both;
    for (const auto& one : store->fleet()->waiting()) both.push_back(one.hash);
    const auto wait = fleet_end->when_placed(both, kPatience, [&](const Status& told) { outcome = told; });
    const auto submit = expect<wire::Submit>();
    (void)expect<wire::Submit>();
    ASSERT_TRUE(world.place(*decode_tlv<SignedStatement>(submit.sealed)));
    for (const auto half = Clock::now() + kPatience / 2; Clock::now() < half;) g_main_context_iteration(nullptr, FALSE);
    say_entry(world.links.back());
    const auto placed = Clock::now();
    while (!outcome) g_main_context_iteration(nullptr, TRUE);
    EXPECT_EQ(outcome->error().code, ErrorCode::timeout);
    EXPECT_GE(Clock::now() - placed, kPatience * 3 / 4) << "and not when the first patience was over";
}

TEST_F(Outgoing, AndOfARefusal) {
    up();
    ASSERT_TRUE(store->add_card(new_card(store->persons().front().id, 2), by));
    std::optional<Status> outcome;
    const auto wait = fleet_end->when_placed({store->fleet()->waiting().front().hash}, std::chrono::minutes{1},
                                             [&](const Status& told) { outcome = told; });
    say(wire::SubmitDone{expect<wire::Submit>().statement, wire::SubmitOutcome::refused, "no"});
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->error().code, ErrorCode::refused);
    EXPECT_TRUE(store->fleet()->waiting().empty());
}

TEST_F(Outgoing, TheTrailGoesOnWhereTheServerIs) {
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(store->append(event("test")));
    const auto rows = store->audit({}).value();
    up();
    say(wire::TrailStored{rows.size() - 2, {}});
    EXPECT_EQ(expect<wire::TrailRow>().seq, rows.size() - 1);
    EXPECT_EQ(expect<wire::TrailRow>().seq, rows.size());
    const auto head = expect<wire::TrailHeadSigned>();
    EXPECT_EQ(head.seq, rows.size());
    say(wire::TrailStored{rows.size(), head.record});
    ASSERT_TRUE(store->append(event("one more")));
    EXPECT_EQ(expect<wire::TrailRow>().seq, rows.size() + 1);
    EXPECT_EQ(recorded("fleet.old_trail"), 0U);
}

TEST_F(Outgoing, ATrailThatIsOlderThanItsWitnessIsTold) {
    ASSERT_TRUE(store->append(event("test")));
    const TrailHead later{.ledger = world.ledger, .terminal = mine.id, .seq = 1000, .hash = Hash{1}, .time = 1};
    up();
    say(wire::TrailStored{0, bytes_of(sign_record(later, signer_of(world.authority)).value())});
    EXPECT_EQ(recorded("fleet.old_trail"), 0U) << "somebody else's word";
    say(wire::TrailStored{0, bytes_of(sign_record(later, signer_of(mine.sign)).value())});
    EXPECT_EQ(recorded("fleet.old_trail"), 1U);
}

TEST_F(Outgoing, AReceiptFillsByVerifiedWordsOnly) {
    const test::Terminal other = world.join(8, 3);
    catch_up();
    up();
    ASSERT_TRUE(store->revoke_card(card, DenyReason::lost, by));
    broker->denied(std::nullopt, card);
    const auto denials = fleet_end->denials_of(card.bytes);
    int told = 0;
    auto watch = fleet_end->watch(denials, [&] { ++told; });
    EXPECT_EQ(expect<wire::WatchAcks>().watching, wire::Watching::start);
    EXPECT_EQ(fleet_end->receipt(denials).missing.size(), 1U);
    Acknowledgement ack{.ledger = world.ledger, .terminal = other.id, .statement = denials.front()};
    ack.outcome = AckOutcome::sessions_ended;
    ack.sessions = 2;
    say(wire::AckCame{bytes_of(sign_record(ack, signer_of(mine.sign)).value())});
    EXPECT_EQ(told, 0) << "not with that terminal's key";
    say(wire::AckCame{bytes_of(sign_record(ack, signer_of(other.sign)).value())});
    EXPECT_EQ(told, 1);
    const auto full = fleet_end->receipt(denials);
    EXPECT_TRUE(full.full());
    EXPECT_EQ(full.sessions, 2U);
    watch.reset();
    EXPECT_EQ(expect<wire::WatchAcks>().watching, wire::Watching::stop);
}

}  // namespace
}  // namespace sekimori::daemon
