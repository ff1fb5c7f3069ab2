// SPDX-License-Identifier: Apache-2.0
// The sequencer places what its author may say, as every broker will judge it, and nothing else.
#include <gtest/gtest.h>

#include "fleet/authority/sequencer.hpp"
#include "protocol/schema.hpp"
#include "tests/unit/ledger/world.hpp"

namespace sekimori::fleet {
namespace {

using test::World;

struct Desk : World {
    test::Terminal terminal = join(7, 1);
    std::int64_t number{0};

    Sequencer sequencer_with(std::vector<crypto::SigningKey> keys) { return Sequencer(root(), std::move(keys), chain); }
    Sequencer make() {
        std::vector<crypto::SigningKey> keys;
        keys.push_back(std::move(*crypto::SigningKey::from_seed(sequencer.seed())));
        return sequencer_with(std::move(keys));
    }
    Waiting wait(const SignedStatement& sealed, std::vector<Material> material = {}) {
        return {++number, terminal.id, sealed.hash(), encode_tlv_plain(sealed).value(), std::move(material)};
    }
    // A person whom the terminal's registrar takes in, and what comes along.
    const Bytes sealed_names = Bytes(100, 9);
    SignedStatement person(std::uint8_t n, std::vector<GroupId> groups = {}) {
        PersonBody body;
        body.groups = std::move(groups);
        Statement statement = say(terminal.sign, StatementType::person, test::id_of<PersonId>(n).bytes, body).statement;
        statement.blob = hash_of_blob(sealed_names);
        return sign_statement(statement, terminal.sign).value();
    }
    [[nodiscard]] Material names(const GroupId& group) const {
        const Hash hash = hash_of_blob(sealed_names);
        return {MaterialKind::blob, Bytes(hash.begin(), hash.end()), group, sealed_names};
    }
    static Material key_of(std::uint8_t n, const GroupId& group) {
        return {MaterialKind::person_key, Bytes(16, n), group, Bytes(60, 1)};
    }
    Verified denial(const crypto::SigningKey& by) {
        ActBody body;
        body.target = sekimori::Target::card;
        body.reason = DenyReason::lost;
        return say(by, StatementType::suspend, rng.draw<CardId>().value().bytes, body);
    }
};

TEST(Sequencer, PlacesInOrderWhatEveryBrokerAccepts) {
    Desk desk;
    desk.delegate(desk.terminal.sign, AdminRole::helpdesk);
    Sequencer sequencer = desk.make();
    std::vector<Waiting> waiting;
    for (int i = 0; i < 20; ++i) waiting.push_back(desk.wait(desk.denial(desk.terminal.sign).sealed));
    const auto placed = sequencer.place(waiting, desk.now);
    ASSERT_TRUE(placed);
    ASSERT_EQ(placed->links.size(), 20U);
    EXPECT_TRUE(placed->refused.empty());
    EXPECT_EQ(placed->numbers.front(), 1);
    for (const Link& link : placed->links) EXPECT_TRUE(extend(desk.chain, desk.root(), link));
    EXPECT_EQ(desk.chain.head.hash, sequencer.chain().head.hash);
}

TEST(Sequencer, RefusesWhatItsAuthorMayNotSay) {
    Desk desk;
    desk.delegate(desk.terminal.sign, AdminRole::helpdesk);
    Sequencer sequencer = desk.make();
    const auto stranger = test::make_key();
    auto forged = desk.denial(desk.terminal.sign).sealed;
    forged.signatures[0].signature[5] ^= 1;
    Waiting lies = desk.wait(desk.denial(desk.terminal.sign).sealed);
    lies.hash[0] ^= 1;
    const std::vector<Waiting> waiting{
        desk.wait(desk.denial(stranger).sealed),
        desk.wait(forged),
        lies,
        {99, {}, {}, {1, 2, 3}, {}},
        desk.wait(
            desk.say(desk.terminal.sign, StatementType::person, test::id_of<PersonId>(3).bytes, PersonBody{}).sealed),
        desk.wait(desk.say(desk.terminal.sign, StatementType::admin_key, {},
                           AdminKeyBody{test::raw(stranger), AdminRole::admin, "me", {}})
                      .sealed),
    };
    const auto placed = sequencer.place(waiting, desk.now);
    ASSERT_TRUE(placed);
    EXPECT_TRUE(placed->links.empty());
    EXPECT_EQ(placed->refused.size(), waiting.size());
    EXPECT_EQ(sequencer.chain().head.seq, desk.chain.head.seq);
}

// Whoever may say little can still make it long: a field that nobody knows is signed along with the rest.
SignedStatement padded(const Verified& one, const crypto::SigningKey& by, std::size_t size) {
    SignedStatement sealed = one.sealed;
    const std::size_t room = size - encode_tlv_plain(sealed).value().size() - 4;
    for (const std::size_t byte : {std::size_t{0}, std::size_t{99}, room >> 8, room & 0xff})
        sealed.bytes.push_back(static_cast<std::uint8_t>(byte));
    sealed.bytes.resize(sealed.bytes.size() + room);
    sealed.signatures[0].signature = by.sign(crypto::Label("sekimori statement 1 suspend"), sealed.bytes).value();
    return sealed;
}

TEST(Sequencer, WhatATerminalCouldNotBeToldIsRefused) {
    Desk desk;
    desk.delegate(desk.terminal.sign, AdminRole::helpdesk);
    Sequencer sequencer = desk.make();
    const auto of = [&](std::size_t size) {
        Waiting row = desk.wait(padded(desk.denial(desk.terminal.sign), desk.terminal.sign, size));
        EXPECT_EQ(row.signed_statement.size(), size);
        return row;
    };
    const auto placed =
        sequencer.place({of(wire::kMaxStatement), of(wire::kMaxStatement + 1), of(wire::kMaxMessage)}, desk.now);
    ASSERT_TRUE(placed);
    EXPECT_EQ(placed->numbers, (std::vector<std::int64_t>{1}));
    EXPECT_EQ(placed->refused, (std::vector<std::int64_t>{2, 3}));
    // What is placed reaches every broker.
    const Link& link = placed->links.at(0);
    EXPECT_TRUE(
        wire::encode(wire::EntryCame{encode_tlv_plain(link.entry).value(), encode_tlv_plain(link.statement).value()}));
}

TEST(Sequencer, TheLongestHonestStatementHasRoom) {
    Statement longest;
    longest.type = StatementType::policy;
    longest.body.resize(kMaxBody);
    SignedStatement sealed = sign_statement(longest, test::make_key()).value();
    sealed.signatures.resize(4);
    EXPECT_LE(encode_tlv_plain(sealed).value().size(), wire::kMaxStatement);
}

TEST(Sequencer, TheSameStatementHasOneEntry) {
    Desk desk;
    desk.delegate(desk.terminal.sign, AdminRole::helpdesk);
    Sequencer sequencer = desk.make();
    const auto one = desk.denial(desk.terminal.sign);
    const auto placed = sequencer.place({desk.wait(one.sealed), desk.wait(one.sealed)}, desk.now);
    ASSERT_TRUE(placed);
    EXPECT_EQ(placed->links.size(), 1U);
    EXPECT_EQ(placed->supplements, (std::vector<std::int64_t>{2}));
}

// A supplement is the same statement once more, and not another author's under the same id.
TEST(Sequencer, TwoDenialsOfOneIdAreBothPlaced) {
    Desk desk;
    const test::Terminal office = desk.join(8, 1);
    desk.delegate(desk.terminal.sign, AdminRole::helpdesk);
    desk.delegate(office.sign, AdminRole::officer);
    const auto one = desk.denial(office.sign);
    const auto other = World::under(one.statement.id, desk.terminal.sign, desk.denial(desk.terminal.sign));
    for (const bool first : {true, false}) {
        Sequencer sequencer = desk.make();
        const auto placed = sequencer.place(
            {desk.wait((first ? one : other).sealed), desk.wait((first ? other : one).sealed)}, desk.now);
        ASSERT_TRUE(placed);
        EXPECT_EQ(placed->links.size(), 2U);
        EXPECT_TRUE(placed->supplements.empty() && placed->refused.empty());
    }
}

// By its own clock, and not by the date that the author wrote.
TEST(Sequencer, RefusesWhatComesAfterItsDelegationHasEnded) {
    Desk desk;
    const Millis end = desk.now + Millis{60'000};
    desk.delegate(desk.terminal.sign, AdminRole::registrar, end);
    const auto person = [&](std::uint8_t n) {
        return desk.wait(
            desk.say(desk.terminal.sign, StatementType::person, test::id_of<PersonId>(n).bytes, PersonBody{}).sealed);
    };
    Sequencer sequencer = desk.make();
    const Waiting early = person(1), late = person(2);
    EXPECT_EQ(sequencer.place({early}, end - Millis{1})->numbers.size(), 1U);
    const auto placed = sequencer.place({late, early}, end);
    ASSERT_TRUE(placed);
    EXPECT_TRUE(placed->links.empty());
    EXPECT_EQ(placed->refused, std::vector{late.number});
    EXPECT_EQ(placed->supplements, std::vector{early.number}) << "it has its entry";
}

TEST(Sequencer, OnlyTheBlobThatTheStatementNamesComesAlong) {
    Desk desk;
    desk.delegate(desk.terminal.sign, AdminRole::registrar);
    Sequencer sequencer = desk.make();
    const GroupId group = desk.terminal.group;
    const Material blob = desk.names(group);
    Material other = blob;
    other.sealed.back() ^= 1;
    Material elsewhere = blob;
    elsewhere.name[0] ^= 1;
    Material large = Desk::key_of(6, group);
    large.sealed.resize(wire::kMaxSealedKey + 1);
    const auto placed =
        sequencer.place({desk.wait(desk.person(1), {other}), desk.wait(desk.person(2), {elsewhere}),
                         desk.wait(desk.person(3), {blob, Desk::key_of(4, group)}),
                         desk.wait(desk.person(5), {blob, Desk::key_of(5, group)}), desk.wait(desk.person(6), {large})},
                        desk.now);
    ASSERT_TRUE(placed);
    EXPECT_EQ(placed->refused, (std::vector<std::int64_t>{1, 2, 3, 5}));
    EXPECT_EQ(placed->numbers, (std::vector<std::int64_t>{4}));
}

// Statements are there for every terminal to read: one that sends another's again brings nothing along.
TEST(Sequencer, OnlyTheAuthorsTerminalBringsBlobsAndKeys) {
    Desk desk;
    desk.delegate(desk.terminal.sign, AdminRole::registrar);
    const test::Terminal other = desk.join(8, 1);
    desk.delegate(other.sign, AdminRole::admin);
    Sequencer sequencer = desk.make();
    const GroupId group = desk.terminal.group;
    const auto from = [&](const TerminalId& terminal, const SignedStatement& statement) {
        Waiting row = desk.wait(statement, {desk.names(group), Desk::key_of(1, group)});
        row.from = terminal;
        return row;
    };
    const SignedStatement person = desk.person(1);
    auto placed = sequencer.place({from(other.id, person), from({}, person)}, desk.now);
    ASSERT_TRUE(placed);
    EXPECT_EQ(placed->refused, (std::vector<std::int64_t>{1, 2}));
    // The author's row is another one, and is not harmed; nor is what it sends again when an answer was lost.
    placed = sequencer.place({from(desk.terminal.id, person), from(other.id, person), from(desk.terminal.id, person)},
                             desk.now);
    ASSERT_TRUE(placed);
    EXPECT_EQ(placed->numbers, (std::vector<std::int64_t>{3}));
    EXPECT_EQ(placed->refused, (std::vector<std::int64_t>{4}));
    EXPECT_EQ(placed->supplements, (std::vector<std::int64_t>{5}));
}

TEST(Sequencer, BlobsAndKeysAreForThePersonsGroupsOnly) {
    Desk desk;
    desk.delegate(desk.terminal.sign, AdminRole::registrar);
    Sequencer sequencer = desk.make();
    const GroupId home = desk.terminal.group;
    const auto second = test::id_of<GroupId>(2);
    const auto third = test::id_of<GroupId>(3);
    const SignedStatement here = desk.person(1);
    const SignedStatement both = desk.person(2, {second, third});
    const auto placed = sequencer.place(
        {desk.wait(here, {Desk::key_of(1, second)}), desk.wait(both, {Desk::key_of(2, home)}),
         desk.wait(here, {desk.names(home), Desk::key_of(1, home)}),
         desk.wait(both, {desk.names(second), desk.names(third), Desk::key_of(2, second), Desk::key_of(2, third)}),
         desk.wait(here, {Desk::key_of(1, second)}), desk.wait(here, {Desk::key_of(1, home), desk.names(third)}),
         desk.wait(both, {Desk::key_of(2, third)})},
        desk.now);
    ASSERT_TRUE(placed);
    EXPECT_EQ(placed->numbers, (std::vector<std::int64_t>{3, 4}));
    EXPECT_EQ(placed->refused, (std::vector<std::int64_t>{1, 2, 5, 6}));
    EXPECT_EQ(placed->supplements, (std::vector<std::int64_t>{7}));
}

TEST(Sequencer, WhatWasDestroyedIsNotPutBack) {
    Desk desk;
    desk.delegate(desk.terminal.sign, AdminRole::registrar);
    Sequencer sequencer = desk.make();
    const GroupId home = desk.terminal.group;
    const SignedStatement person = desk.person(1);
    ActBody body;
    body.target = sekimori::Target::person;
    body.reason = DenyReason::left;
    const auto gone = desk.say(desk.authority, StatementType::offboard, test::id_of<PersonId>(1).bytes, body);
    const auto placed = sequencer.place(
        {desk.wait(person, {desk.names(home)}), desk.wait(gone.sealed), desk.wait(person, {desk.names(home)}),
         desk.wait(person, {Desk::key_of(1, home)}), desk.wait(person)},
        desk.now);
    ASSERT_TRUE(placed);
    EXPECT_EQ(placed->numbers, (std::vector<std::int64_t>{1, 2}));
    EXPECT_EQ(placed->refused, (std::vector<std::int64_t>{3, 4}));
    EXPECT_EQ(placed->supplements, (std::vector<std::int64_t>{5}));
}

// A denial overtakes what was enrolled just before: its blobs would stay for good.
TEST(Sequencer, NobodyHasAnythingOfWhoIsGone) {
    Desk desk;
    desk.delegate(desk.terminal.sign, AdminRole::registrar);
    Sequencer sequencer = desk.make();
    const GroupId home = desk.terminal.group;
    const SignedStatement person = desk.person(1);
    ActBody body;
    body.target = sekimori::Target::person;
    body.reason = DenyReason::left;
    const auto gone = desk.say(desk.authority, StatementType::offboard, test::id_of<PersonId>(1).bytes, body);
    const auto placed = sequencer.place({desk.wait(gone.sealed), desk.wait(person, {desk.names(home)})}, desk.now);
    ASSERT_TRUE(placed);
    EXPECT_EQ(placed->numbers, (std::vector<std::int64_t>{1}));
    EXPECT_EQ(placed->refused, (std::vector<std::int64_t>{2}));
}

TEST(Sequencer, WhoeverLeavesLeavesNothingOnTheServer) {
    Desk desk;
    Sequencer sequencer = desk.make();
    const Bytes sealed(100, 9);
    Statement statement =
        desk.say(desk.authority, StatementType::person, test::id_of<PersonId>(1).bytes, PersonBody{}).statement;
    statement.blob = hash_of_blob(sealed);
    ASSERT_TRUE(sequencer.place({desk.wait(sign_statement(statement, desk.authority).value())}, desk.now));
    ActBody body;
    body.target = sekimori::Target::person;
    body.reason = DenyReason::left;
    const auto placed = sequencer.place(
        {desk.wait(desk.say(desk.authority, StatementType::offboard, test::id_of<PersonId>(1).bytes, body).sealed)},
        desk.now);
    ASSERT_TRUE(placed);
    EXPECT_EQ(placed->links.size(), 1U);
    EXPECT_EQ(placed->destroyed_blobs, (std::vector<Bytes>{Bytes(statement.blob.begin(), statement.blob.end())}));
    EXPECT_EQ(placed->destroyed_persons, (std::vector<Bytes>{Bytes(16, 1)}));
}

TEST(Sequencer, ANewKeySignsItsOwnEntryAndTheNextHeartbeat) {
    Desk desk;
    auto next = test::make_key();
    KeyEpochBody body;
    body.epoch = 2;
    body.sequencer = next.public_key();
    const auto rolled = desk.say(desk.authority, StatementType::key_epoch, {}, body);
    Sequencer without = desk.make();
    const auto refused = without.place({desk.wait(rolled.sealed)}, desk.now);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->refused.size(), 1U);  // another authority's key: no entry that nobody could follow

    std::vector<crypto::SigningKey> keys;
    keys.push_back(std::move(*crypto::SigningKey::from_seed(desk.sequencer.seed())));
    keys.push_back(std::move(*crypto::SigningKey::from_seed(next.seed())));
    Sequencer with = desk.sequencer_with(std::move(keys));
    const auto placed = with.place({desk.wait(rolled.sealed), desk.wait(desk.denial(desk.authority).sealed)}, desk.now);
    ASSERT_TRUE(placed);
    ASSERT_EQ(placed->links.size(), 2U);
    for (const Link& link : placed->links) ASSERT_TRUE(extend(desk.chain, desk.root(), link));
    const auto beat = open_record<Heartbeat>(with.heartbeat(desk.now).value(), test::raw(next), desk.ledger);
    ASSERT_TRUE(beat);
    EXPECT_EQ(beat->epoch, 2U);
    EXPECT_EQ(beat->seq, desk.chain.head.seq);
    EXPECT_EQ(beat->hash, desk.chain.head.hash);
    EXPECT_FALSE(open_record<Heartbeat>(with.heartbeat(desk.now).value(), test::raw(desk.sequencer), desk.ledger));
}

}  // namespace
}  // namespace sekimori::fleet
