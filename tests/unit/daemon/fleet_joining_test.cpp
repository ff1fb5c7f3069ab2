// SPDX-License-Identifier: Apache-2.0
// From a token to a member, with the authority's part played: what it says is believed for the token's secret alone.
#include "ledger/bodies_fleet.hpp"
#include "ledger/renewal.hpp"
#include "tests/unit/daemon/fleet_rig.hpp"

namespace sekimori::daemon {
namespace {

class JoiningFleet : public FleetRig {
  protected:
    void SetUp() override {
        open();
        start();
        token.ledger = world.ledger;
        token.author = test::raw(world.authority);
        token.server = "server:5432";
        token.ca = {1, 2, 3};
        token.id = id_of<TokenId>(5);
        token.secret = SecureBytes(Bytes(kTokenSecret, 9));
        (void)greet();
    }
    void TearDown() override {
        joining.reset();
        FleetRig::TearDown();
    }
    JoinToken copy() const {
        return {kRecordFormat, token.ledger, token.author, token.server, token.ca, token.id, token.secret.clone()};
    }
    JoinAsk begin() {
        auto made = fleet_end->join(copy(), [this](const Status& told) { outcome = told; });
        EXPECT_TRUE(made) << made.error();
        if (!made) return {};
        joining = std::move(*made);
        terminal = expect<wire::JoinStart>().terminal;
        say(wire::JoinCsr{{4, 5, 6}});
        const auto maced = decode_tlv<MacedRecord>(expect<wire::JoinRequest>().request);
        EXPECT_TRUE(maced);
        const auto ask = open_maced<JoinAsk>(*maced, token);
        EXPECT_TRUE(ask) << ask.error();
        return ask.value_or(JoinAsk{});
    }
    JoinReply reply_to(const JoinAsk& ask) {
        const Verified said = world.say(world.authority, StatementType::terminal, ask.terminal.bytes,
                                        TerminalBody{"desk", id_of<GroupId>(3), ask.sign, ask.box, {}});
        EXPECT_TRUE(world.place(said));
        return {.ledger = world.ledger,
                .token = token.id,
                .terminal = ask.terminal,
                .certificate = {7},
                .statement = said.sealed,
                .keys = {}};
    }
    void answer(const JoinReply& reply) {
        say(wire::JoinAnswer{bytes_of(mac_record(reply, token.secret.span()).value())});
    }
    JoinToken token;
    TerminalId terminal;
    std::unique_ptr<Joining> joining;
    std::optional<Status> outcome;
};

TEST_F(JoiningFleet, EndsWhenTheTerminalOpensLogins) {
    const JoinAsk ask = begin();
    EXPECT_EQ(ask.terminal, terminal);
    const auto proof = open_record<RenewalAsk>(ask.csr, ask.sign, world.ledger);
    ASSERT_TRUE(proof) << proof.error();
    EXPECT_EQ(std::pair(proof->terminal, proof->csr), std::pair(terminal, Bytes{4, 5, 6}));
    answer(reply_to(ask));
    EXPECT_EQ(expect<wire::JoinDone>().certificate, Bytes{7});
    EXPECT_EQ(expect<wire::FleetState>().membership, wire::Membership::member);
    EXPECT_EQ(broker->terminal, terminal);
    EXPECT_FALSE(outcome) << "it knows nothing of the fleet yet";
    for (const Link& link : world.links) say_entry(link);
    EXPECT_FALSE(outcome);
    const Heartbeat one{.ledger = world.ledger,
                        .epoch = 1,
                        .seq = world.links.size(),
                        .hash = world.chain.hashes.back(),
                        .time = static_cast<std::uint64_t>(clock.at.wall.count())};
    say(wire::HeartbeatCame{bytes_of(sign_record(one, signer_of(world.sequencer)).value())});
    ASSERT_TRUE(outcome);
    EXPECT_TRUE(*outcome) << outcome->error();
}

TEST_F(JoiningFleet, NoAnswerButThatOfTheTokenIsTaken) {
    const JoinAsk ask = begin();
    const JoinReply reply = reply_to(ask);
    say(wire::JoinAnswer{bytes_of(mac_record(reply, Bytes(kTokenSecret, 8)).value())});
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->error().code, ErrorCode::mismatch);
    EXPECT_EQ(store->fleet(), nullptr);
    EXPECT_TRUE(hears(wire::MessageType::fleet_left));
}

TEST_F(JoiningFleet, NorOneAboutOtherKeys) {
    JoinAsk ask = begin();
    ask.sign = test::make_key().public_key();
    answer(reply_to(ask));
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->error().code, ErrorCode::mismatch);
    EXPECT_EQ(store->fleet(), nullptr);
}

TEST_F(JoiningFleet, AFailureAndAnAgentThatGoesEndIt) {
    (void)begin();
    say(wire::JoinFailed{"no such token"});
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->error().message, "no such token");
    joining.reset();
    outcome.reset();
    (void)begin();
    agent = Channel();
    settle();
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->error().code, ErrorCode::unavailable);
    joining.reset();
    const auto without = fleet_end->join(copy(), [](const Status&) {});
    EXPECT_EQ(without.error().code, ErrorCode::unavailable);
}

TEST_F(JoiningFleet, ALedgerThatHoldsSomethingStays) {
    (void)add_person();
    const auto refused = fleet_end->join(copy(), [](const Status&) {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::refused);
}

// A certificate that was lost or has ended: a token brings another one, and nothing else changes.
TEST_F(JoiningFleet, AMemberComesBackAsWhatItWas) {
    const JoinAsk first = begin();
    answer(reply_to(first));
    for (const Link& link : world.links) say_entry(link);
    joining.reset();
    outcome.reset();
    const std::uint64_t seq = store->head().seq;
    ASSERT_GT(seq, 0U);
    (void)heard();

    const JoinAsk ask = begin();
    EXPECT_EQ(ask.terminal, first.terminal);
    EXPECT_EQ(std::pair(ask.sign, ask.box), std::pair(first.sign, first.box));
    // It proves that it is the one; its public keys everybody knows.
    const auto proof = open_record<RenewalAsk>(ask.csr, ask.sign, world.ledger);
    ASSERT_TRUE(proof) << proof.error();
    EXPECT_EQ(proof->terminal, first.terminal);
    EXPECT_EQ(proof->csr, (Bytes{4, 5, 6}));
    link(wire::LinkIs::up);  // with the certificate of before
    EXPECT_FALSE(outcome);
    answer(reply_to(ask));
    EXPECT_EQ(expect<wire::JoinDone>().certificate, Bytes{7});
    EXPECT_EQ(expect<wire::FleetState>().membership, wire::Membership::member);
    EXPECT_EQ(store->head().seq, seq);
    const Heartbeat one{.ledger = world.ledger,
                        .epoch = 1,
                        .seq = seq,
                        .hash = world.chain.hashes[seq - 1],
                        .time = static_cast<std::uint64_t>(clock.at.wall.count())};
    say(wire::HeartbeatCame{bytes_of(sign_record(one, signer_of(world.sequencer)).value())});
    EXPECT_FALSE(outcome) << "not before the new certificate has opened the door";
    link(wire::LinkIs::up);
    ASSERT_TRUE(outcome);
    EXPECT_TRUE(*outcome) << outcome->error();
}

TEST_F(JoiningFleet, AMemberThatGivesUpKeepsItsPapers) {
    answer(reply_to(begin()));
    for (const Link& link : world.links) say_entry(link);
    joining.reset();
    outcome.reset();
    (void)heard();
    (void)begin();
    say(wire::JoinFailed{"no such token"});
    ASSERT_TRUE(outcome);
    EXPECT_FALSE(*outcome);
    (void)std::exchange(joining, nullptr);
    const auto types = heard();
    EXPECT_FALSE(std::ranges::count(types, wire::MessageType::fleet_left) > 0);
    EXPECT_TRUE(std::ranges::count(types, wire::MessageType::fleet_state) > 0);
    EXPECT_NE(store->fleet(), nullptr);
}

TEST_F(JoiningFleet, NeitherAnothersTokenNorARevokedTerminalComesBack) {
    const JoinAsk ask = begin();
    answer(reply_to(ask));
    for (const Link& link : world.links) say_entry(link);
    joining.reset();
    JoinToken other = copy();
    other.ledger = id_of<LedgerId>(99);
    EXPECT_EQ(fleet_end->join(std::move(other), [](const Status&) {}).error().code, ErrorCode::refused);
    other = copy();
    other.author = test::raw(test::make_key());
    EXPECT_EQ(fleet_end->join(std::move(other), [](const Status&) {}).error().code, ErrorCode::refused);
    say_denial(world
                   .say(world.authority, StatementType::revoke_terminal, ask.terminal.bytes,
                        RevokeTerminalBody{DenyReason::stolen, {}})
                   .sealed);
    EXPECT_EQ(fleet_end->join(copy(), [](const Status&) {}).error().code, ErrorCode::refused);
}

TEST_F(JoiningFleet, WhoLeavesBeginsAnew) {
    EXPECT_FALSE(fleet_end->leave());
    answer(reply_to(begin()));
    joining.reset();
    ASSERT_NE(store->fleet(), nullptr);
    ASSERT_TRUE(fleet_end->leave());
    EXPECT_EQ(store->fleet(), nullptr);
    EXPECT_EQ(store->head().seq, 1U);
    EXPECT_TRUE(hears(wire::MessageType::fleet_left));
    say(wire::HeartbeatCame{Bytes(10, 1)});
    EXPECT_FALSE(cut_off()) << "what was on its way is nothing";
}

}  // namespace
}  // namespace sekimori::daemon
