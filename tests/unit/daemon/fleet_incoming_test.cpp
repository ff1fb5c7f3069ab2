// SPDX-License-Identifier: Apache-2.0
// What an agent brings, honest, buggy or hostile, and what takes effect of it.
#include "ledger/renewal.hpp"
#include "tests/unit/daemon/fleet_rig.hpp"

namespace sekimori::daemon {
namespace {

using Incoming = FleetRig;

TEST_F(Incoming, TheAgentHearsWhereToGoOn) {
    const auto state = greet();
    EXPECT_EQ(state.membership, wire::Membership::member);
    EXPECT_EQ(state.terminal, mine.id);
    EXPECT_EQ(state.seq, world.links.size());
    EXPECT_EQ(broker->terminal, mine.id);
}

TEST_F(Incoming, ADenialIsInForceAndThenAcknowledged) {
    const CardId card = enrolled();
    up();
    const Verified denial =
        world.say(world.authority, StatementType::suspend, card.bytes, ActBody{Target::card, {}, DenyReason::none, {}});
    say_denial(denial.sealed);
    EXPECT_EQ(state_of(card), CardState::suspended);
    const auto ack = opened(expect<wire::Acknowledge>());
    EXPECT_EQ(ack.statement, denial.sealed.hash());
    EXPECT_EQ(ack.outcome, AckOutcome::refused);
    EXPECT_EQ(ack.terminal, mine.id);
    say(wire::AckStored{ack.statement});
    EXPECT_TRUE(fleet().acknowledgements()->empty());
    say_denial(denial.sealed);
    EXPECT_FALSE(hears(wire::MessageType::acknowledge)) << "once";
}

TEST_F(Incoming, OneWithItsEntryIsAcknowledgedToo) {
    up();
    ASSERT_TRUE(world.place(suspend(9)));
    say_entry(world.links.back());
    EXPECT_EQ(opened(expect<wire::Acknowledge>()).outcome, AckOutcome::applied) << "nobody knows that card";
}

TEST_F(Incoming, AnAcknowledgementOwedByTheBrokerBeforeIsGiven) {
    ASSERT_TRUE(world.place(suspend(9)));
    ASSERT_TRUE(take(world.links.back()));
    ASSERT_TRUE(fleet().save());
    fleet_end.reset();
    broker.reset();
    start();
    up();
    EXPECT_EQ(opened(expect<wire::Acknowledge>()).statement, world.links.back().statement.hash());
}

// The session that a ticket opened has an end of its own: that it was used does not end it, that it is taken back does.
TEST_F(Incoming, AUsedTicketThatComesBackEndsNothing) {
    (void)enrolled();
    const PersonId one = add_person("kanri"), other = add_person("kacho"), guest = add_person("guest");
    place_outbox();
    for (const PersonId& id : {one, other}) ASSERT_TRUE(store->set_roles(id, Roles::of(Role::administrator), by));
    place_outbox();
    ASSERT_TRUE(store->allow_break_glass(
        {guest, mine.id, clock.at.wall + std::chrono::hours{1}, "ABCD", Bytes(50, 1), "both cards are at home"},
        {one, "", other}));
    place_outbox();
    ASSERT_EQ(store->break_glass().size(), 1U);
    const StatementId ticket = store->break_glass()[0].id;
    std::vector<std::string> ended;
    broker->on_denied = [&](std::string_view kind, const std::string& id) {
        if (kind == "statement") ended.push_back(id);
    };
    up();
    for (const WithdrawReason why : {WithdrawReason::used, WithdrawReason::withdrawn}) {
        EXPECT_TRUE(ended.empty());
        ASSERT_TRUE(
            world.place(world.say(world.authority, StatementType::withdraw, ticket.bytes, WithdrawBody{why, {}})));
        say_entry(world.links.back());
        EXPECT_TRUE(store->break_glass()[0].used);
    }
    EXPECT_EQ(ended, std::vector{ticket.hex()});
}

// Issued at another terminal: what the code before it opened here ends, and nobody else's.
TEST_F(Incoming, ACodeThatTakesAnothersPlaceEndsWhatThatOneHolds) {
    (void)enrolled();
    const PersonId person = add_person("forgot"), other = add_person("other");
    place_outbox();
    const Millis until = clock.at.wall + std::chrono::hours{1};
    const auto holds = [&](const PersonId& id) {
        const auto code =
            store->give_secret({id, SecretUse::code, until, "ABCD", Bytes(50, 1), "the card is at home"}, by);
        place_outbox();
        BoundSession session;
        session.id = id.hex();
        session.person = id;
        session.leader = getpid();
        session.hold = {HeldBy::code, code.value(), until};
        EXPECT_TRUE(broker->grants.bind(std::move(session)));
        return code.value();
    };
    const StatementId old = holds(person);
    (void)holds(other);
    std::vector<std::string> ended;
    broker->on_denied = [&](std::string_view, const std::string& id) { ended.push_back(id); };
    up();
    for (const SecretUse use : {SecretUse::password, SecretUse::code}) {
        EXPECT_TRUE(ended.empty());
        ASSERT_TRUE(world.place(world.say(world.authority, StatementType::secret, person.bytes, SecretBody{use, {}},
                                          use == SecretUse::code ? until : Millis{0})));
        say_entry(world.links.back());
    }
    EXPECT_EQ(ended, std::vector{old.hex()});
}

TEST_F(Incoming, ACardThatCameBackElsewhereHoldsNothingOpenHere) {
    const CardId card = enrolled();
    std::vector<std::string> ended;
    broker->on_denied = [&](std::string_view, const std::string& id) { ended.push_back(id); };
    up();
    ASSERT_TRUE(world.place(world.say(world.authority, StatementType::returned, card.bytes,
                                      ActBody{Target::card, {}, DenyReason::none, {}})));
    say_entry(world.links.back());
    EXPECT_EQ(state_of(card), CardState::returned);
    EXPECT_EQ(ended, std::vector{card.hex()});
    EXPECT_FALSE(hears(wire::MessageType::acknowledge)) << "it is no denial";
}

TEST_F(Incoming, AForgedEntryEndsEntriesButNoDenials) {
    const CardId card = enrolled();
    up();
    ASSERT_TRUE(world.place(suspend(9)));
    Link forged = world.links.back();
    forged.entry.signature[0] ^= 1;
    say_entry(forged);
    EXPECT_EQ(recorded("fleet.bad_entry"), 1U);
    say_entry(world.links.back());
    EXPECT_EQ(fleet().facts().head.seq, world.links.size() - 1) << "not on this connection any more";
    say_denial(
        world.say(world.authority, StatementType::revoke, card.bytes, ActBody{Target::card, {}, DenyReason::lost, {}})
            .sealed);
    EXPECT_EQ(state_of(card), CardState::revoked);
    up();
    say_entry(world.links.back());
    EXPECT_EQ(fleet().facts().head.seq, world.links.size());
    EXPECT_EQ(recorded("fleet.bad_entry"), 1U);
}

TEST_F(Incoming, AForkIsTold) {
    up();
    Link other = world.link(suspend(9).sealed);
    ASSERT_TRUE(world.place(suspend(8)));
    say_entry(world.links.back());
    say_entry(other);
    EXPECT_EQ(recorded("fleet.fork"), 1U);
}

TEST_F(Incoming, RepeatedEntriesAreNothing) {
    up();
    say_entry(world.links.back());
    ASSERT_TRUE(world.place(suspend(9)));
    say_entry(world.links.back());
    say_entry(world.links.back());
    EXPECT_EQ(fleet().facts().head.seq, world.links.size());
}

TEST_F(Incoming, AFloodOfNonsenseIsRefusedAndNothingElse) {
    const CardId card = enrolled();
    up();
    const Verified grant = world.say(world.authority, StatementType::reinstate, card.bytes,
                                     ActBody{Target::card, {}, DenyReason::none, {}});
    const auto stranger = test::make_key();
    const Verified foreign =
        world.say(stranger, StatementType::revoke, card.bytes, ActBody{Target::card, {}, DenyReason::lost, {}});
    for (int i = 0; i < 50; ++i) {
        ASSERT_TRUE(agent.send(wire::DenialHeard{Bytes(100, static_cast<std::uint8_t>(i))}));
        ASSERT_TRUE(agent.send(wire::HeartbeatCame{Bytes(40, 1)}));
        ASSERT_TRUE(agent.send(wire::GroupKeyCame{Bytes(40, 1)}));
        ASSERT_TRUE(agent.send(wire::AckCame{Bytes(40, 1)}));
        ASSERT_TRUE(agent.send(wire::BlobCame{{}, Bytes(40, 1)}));
        ASSERT_TRUE(agent.send(wire::PersonKeyCame{{}, {}, 1, Bytes(40, 1)}));
        ASSERT_TRUE(agent.send(wire::SubmitDone{{}, wire::SubmitOutcome::refused, "x"}));
        ASSERT_TRUE(agent.send(wire::AckStored{}));
        settle();
    }
    say_denial(grant.sealed);
    say_denial(foreign.sealed);
    EXPECT_EQ(state_of(card), CardState::active);
    EXPECT_FALSE(cut_off());
}

TEST_F(Incoming, WhatIsNoMessageOfAnAgentsEndsTheConnection) {
    (void)greet();
    say(wire::JoinStart{"x", {}, {}, {}});
    EXPECT_TRUE(cut_off());
    (void)greet();
    const std::uint8_t bytes[]{1, 0, 193, 0};
    ASSERT_TRUE(agent.send_bytes(bytes));
    EXPECT_TRUE(cut_off());
}

TEST_F(Incoming, HeartbeatsThatGoBackOrSpeakOfAnotherChainAreTold) {
    up();
    ASSERT_TRUE(world.place(suspend(9)));
    say_entry(world.links.back());
    const auto beat_of = [&](std::uint64_t seq, const Hash& hash, std::uint64_t ms) {
        const Heartbeat one{.ledger = world.ledger, .epoch = 1, .seq = seq, .hash = hash, .time = ms};
        say(wire::HeartbeatCame{bytes_of(sign_record(one, signer_of(world.sequencer)).value())});
    };
    const auto wall = static_cast<std::uint64_t>(clock.at.wall.count());
    const std::uint64_t last = world.links.size();
    beat_of(last, world.chain.hashes[last - 1], wall);
    EXPECT_EQ(store->opens(), Opens::everything);
    beat_of(last - 1, world.chain.hashes[last - 2], wall - 1000);
    EXPECT_EQ(recorded("fleet.lower_head"), 1U);
    beat_of(last, Hash{7}, wall + 1000);
    EXPECT_EQ(recorded("fleet.fork"), 1U);
    EXPECT_EQ(fleet_end->troubles().last(), "fleet.fork");
    // Ahead for long, and nothing comes: somebody keeps the entries back.
    beat_of(last + 1, Hash{8}, wall + 2000);
    EXPECT_EQ(recorded("fleet.withheld"), 0U);
    clock.at.boottime += Millis{31'000};
    beat_of(last + 1, Hash{8}, wall + 33'000);
    EXPECT_EQ(recorded("fleet.withheld"), 1U);
}

TEST_F(Incoming, ARevokedTerminalForgetsItsKeysAndSaysSo) {
    up();
    ASSERT_TRUE(beat(world.links.size(), clock.at.wall));
    ASSERT_EQ(store->opens(), Opens::everything);
    say_denial(world
                   .say(world.authority, StatementType::revoke_terminal, mine.id.bytes,
                        RevokeTerminalBody{DenyReason::stolen, {}})
                   .sealed);
    EXPECT_EQ(store->opens(), Opens::nothing);
    EXPECT_EQ(expect<wire::FleetState>().membership, wire::Membership::revoked);
    EXPECT_EQ(recorded("fleet.revoked"), 1U);
    EXPECT_FALSE(give_group_key(mine.id, 2)) << "no key is taken any more";
    agent = Channel();
    EXPECT_EQ(greet().membership, wire::Membership::revoked);
}

// ---- renewing

TEST_F(Incoming, ACertificateIsAskedForInThisTerminalsNameAndNotTwiceInAMoment) {
    up();
    say(wire::RenewalCsr{{4, 5, 6}});
    const auto ask =
        open_record<RenewalAsk>(expect<wire::RenewalRequest>().record, mine.sign.public_key(), world.ledger);
    ASSERT_TRUE(ask) << ask.error();
    EXPECT_EQ(std::pair(ask->terminal, ask->csr), std::pair(mine.id, Bytes{4, 5, 6}));
    EXPECT_EQ(ask->time, static_cast<std::uint64_t>(clock.at.wall.count()));
    say(wire::RenewalCsr{{7}});
    EXPECT_FALSE(hears(wire::MessageType::renewal_request));
    clock.at.boottime += std::chrono::seconds{2};
    say(wire::RenewalCsr{{7}});
    EXPECT_TRUE(hears(wire::MessageType::renewal_request));
    const wire::CertificateState state{1000, 2000, wire::Renewal::waiting};
    say(state);
    ASSERT_TRUE(fleet_end->certificate());
    EXPECT_EQ(fleet_end->certificate()->until, 2000U);
}

TEST_F(Incoming, NothingIsSignedForAnAgentOfARevokedTerminal) {
    up();
    say_denial(world
                   .say(world.authority, StatementType::revoke_terminal, mine.id.bytes,
                        RevokeTerminalBody{DenyReason::stolen, {}})
                   .sealed);
    say(wire::RenewalCsr{{4, 5, 6}});
    EXPECT_FALSE(hears(wire::MessageType::renewal_request));
    EXPECT_FALSE(cut_off());
}

}  // namespace
}  // namespace sekimori::daemon
