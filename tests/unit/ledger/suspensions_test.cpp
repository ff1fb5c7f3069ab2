// SPDX-License-Identifier: Apache-2.0
// What the help desk suspends at night: in force at once, listed until an officer stands by it.
#include "ledger/view_suspensions.hpp"
#include "tests/unit/ledger/world.hpp"

namespace sekimori::test {
namespace {

const CardId kCard = id_of<CardId>(9);

struct Night : World {
    Terminal desk = join(1, 1), office = join(2, 1);
    PersonId clerk = id_of<PersonId>(1), officer = id_of<PersonId>(2);
    Night() {
        delegate(desk.sign, AdminRole::helpdesk);
        delegate(office.sign, AdminRole::officer);
    }
    Verified suspend(const Terminal& by) {
        return say(by.sign, StatementType::suspend, kCard.bytes,
                   ActBody{Target::card, std::nullopt, DenyReason::none, {clerk, "desk"}});
    }
    Verified confirm(const Terminal& by, const StatementId& id, std::optional<PersonId> person) {
        return say(by.sign, StatementType::confirm, id.bytes, ConfirmBody{{person, "office"}});
    }
    Verified reinstate() {
        return say(office.sign, StatementType::reinstate, kCard.bytes,
                   ActBody{Target::card, std::nullopt, DenyReason::none, {officer, ""}});
    }
    [[nodiscard]] std::vector<StatementId> open() const { return ids_of(view()); }
    [[nodiscard]] static std::vector<StatementId> ids_of(const View& view) {
        std::vector<StatementId> ids;
        for (const SuspensionKey& one : unconfirmed(view)) ids.push_back(one.id);
        return ids;
    }
};

TEST(Suspensions, OfTheHelpDeskWaitForAnOfficerAndOthersDoNot) {
    Night night;
    const Verified said = night.suspend(night.desk);
    ASSERT_TRUE(night.chain.ledger.hear(said.statement, said.sealed.hash()));
    EXPECT_EQ(night.open(), std::vector{said.statement.id}) << "heard, and in force";
    ASSERT_TRUE(night.place(said));
    EXPECT_EQ(night.open(), std::vector{said.statement.id});
    ASSERT_TRUE(night.place(night.suspend(night.office)));
    ASSERT_TRUE(night.place(night.say(night.authority, StatementType::suspend, kCard.bytes,
                                      ActBody{Target::card, std::nullopt, DenyReason::none, {}})));
    EXPECT_EQ(night.open(), std::vector{said.statement.id});

    ASSERT_TRUE(night.place(night.confirm(night.office, said.statement.id, night.officer)));
    EXPECT_TRUE(night.open().empty());
    EXPECT_EQ(night.view().denied_cards.at(kCard).state, CardState::suspended) << "it stays suspended";
    ASSERT_TRUE(night.place(night.confirm(night.office, said.statement.id, night.officer)));
}

TEST(Suspensions, NobodyConfirmsTheirOwn) {
    Night night;
    const Verified said = night.suspend(night.desk);
    ASSERT_TRUE(night.place(said));
    EXPECT_FALSE(night.place(night.confirm(night.desk, said.statement.id, night.officer))) << "a help desk's terminal";
    EXPECT_FALSE(night.place(night.confirm(night.office, said.statement.id, night.clerk))) << "the same person";
    EXPECT_FALSE(night.place(night.confirm(night.office, id_of<StatementId>(3), night.officer)));
    // Made an officer's in the morning, its word of the night is still a help desk's, and not its own to confirm.
    night.delegate(night.desk.sign, AdminRole::officer);
    EXPECT_FALSE(night.place(night.confirm(night.desk, said.statement.id, night.officer)));
    EXPECT_EQ(night.open(), std::vector{said.statement.id});
    const auto again = verify_chain(night.root(), night.links);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(Night::ids_of(again->ledger.view()), night.open());
}

// Whoever takes another's id, or their own twice, hides neither suspension from the list; which one an officer means is
// then nobody's guess.
TEST(Suspensions, OfOneIdAreListedEachAndConfirmedByNoGuess) {
    Night night;
    const Terminal second = night.join(3, 1);
    night.delegate(second.sign, AdminRole::helpdesk);
    const Verified said = night.suspend(night.desk);
    const StatementId id = said.statement.id;
    ASSERT_TRUE(night.place(said));
    ASSERT_TRUE(night.place(World::under(id, second.sign, night.suspend(second))));
    const Verified elsewhere = night.say(night.desk.sign, StatementType::suspend, id_of<CardId>(8).bytes,
                                         ActBody{Target::card, std::nullopt, DenyReason::none, {}});
    ASSERT_TRUE(night.place(World::under(id, night.desk.sign, elsewhere)));
    EXPECT_EQ(night.open(), std::vector(3, id));
    EXPECT_EQ(night.view().denied_cards.size(), 2U);
    EXPECT_FALSE(night.place(night.confirm(night.office, id, night.officer)));
    EXPECT_EQ(night.open(), std::vector(3, id));
    EXPECT_EQ(suspensions_by(night.view(), key_id(night.desk.sign.public_key())).size(), 2U);
    ASSERT_TRUE(night.place(night.reinstate()));
    EXPECT_EQ(night.open(), std::vector(1, id)) << "of the other card";
}

TEST(Suspensions, AreOverWhenTheCardWorksAgainOrIsRevoked) {
    Night night;
    ASSERT_TRUE(night.place(night.suspend(night.desk)));
    ASSERT_TRUE(night.place(night.reinstate()));
    EXPECT_TRUE(night.open().empty());
    // One that was heard stays, whatever enters meanwhile about earlier ones.
    const Verified second = night.suspend(night.desk);
    ASSERT_TRUE(night.chain.ledger.hear(second.statement, second.sealed.hash()));
    ASSERT_TRUE(night.place(night.reinstate()));
    EXPECT_EQ(night.open(), std::vector{second.statement.id});
    ASSERT_TRUE(night.place(second));
    EXPECT_EQ(night.open(), std::vector{second.statement.id});
    EXPECT_EQ(suspensions_by(night.view(), key_id(night.desk.sign.public_key())).size(), 2U) << "and none is forgotten";
    ASSERT_TRUE(night.place(night.say(night.office.sign, StatementType::revoke, kCard.bytes,
                                      ActBody{Target::card, std::nullopt, DenyReason::lost, {}})));
    EXPECT_TRUE(night.open().empty());
}

TEST(Suspensions, OfAnOfficerWhoseDelegationWasTakenBackAreToBeConfirmed) {
    Night night;
    const StatementId given = night.delegate(night.desk.sign, AdminRole::registrar);
    const Verified said = night.suspend(night.desk);
    ASSERT_TRUE(night.place(said));
    EXPECT_TRUE(night.open().empty());
    ASSERT_TRUE(night.place(night.say(night.authority, StatementType::withdraw, given.bytes, WithdrawBody{})));
    EXPECT_EQ(night.open(), std::vector{said.statement.id});
}

// ---- extensions

TEST(Extensions, AreAnOfficersBoundedAndOfWhatIsKnown) {
    Night night;
    const auto extend_of = [&](const Terminal& by, ExtendScope scope, ByteSpan subject, Millis length) {
        return night.say(by.sign, StatementType::extend, subject, ExtendBody{scope, {}}, night.now + length);
    };
    const auto hour = std::chrono::hours{1};
    EXPECT_FALSE(night.place(extend_of(night.desk, ExtendScope::terminal, night.desk.id.bytes, hour)));
    EXPECT_FALSE(
        night.place(extend_of(night.office, ExtendScope::terminal, night.desk.id.bytes, kMaxExtension + Millis{1})));
    EXPECT_FALSE(night.place(extend_of(night.office, ExtendScope::terminal, night.desk.id.bytes, Millis{0})));
    EXPECT_FALSE(night.place(extend_of(night.office, ExtendScope::terminal, id_of<TerminalId>(8).bytes, hour)));
    EXPECT_FALSE(night.place(extend_of(night.office, ExtendScope::group, id_of<GroupId>(8).bytes, hour)));
    EXPECT_FALSE(night.place(extend_of(night.office, ExtendScope{}, night.desk.id.bytes, hour)));
    EXPECT_FALSE(night.place(night.say(night.office.sign, StatementType::extend, night.desk.id.bytes,
                                       ExtendBody{ExtendScope::terminal, {}})))
        << "without an end";
    EXPECT_TRUE(night.view().fleet.extensions.empty());

    const Verified one = extend_of(night.office, ExtendScope::terminal, night.desk.id.bytes, kMaxExtension);
    const Verified all = extend_of(night.office, ExtendScope::group, night.desk.group.bytes, hour);
    ASSERT_TRUE(night.place(one));
    ASSERT_TRUE(night.place(all));
    const auto& there = night.view().fleet.extensions;
    EXPECT_TRUE(there.at(one.statement.id).about(night.desk.id, night.desk.group));
    EXPECT_FALSE(there.at(one.statement.id).about(night.office.id, night.office.group));
    EXPECT_TRUE(there.at(all.statement.id).about(night.office.id, night.office.group));
    EXPECT_FALSE(there.at(all.statement.id).about(night.office.id, id_of<GroupId>(8)));
    EXPECT_EQ(there.at(one.statement.id).time.until - there.at(one.statement.id).time.since, kMaxExtension);

    // Taken back, also before it comes.
    const Verified late = extend_of(night.office, ExtendScope::terminal, night.desk.id.bytes, hour);
    for (const StatementId& id : {one.statement.id, late.statement.id})
        ASSERT_TRUE(night.place(night.say(night.office.sign, StatementType::withdraw, id.bytes, WithdrawBody{})));
    ASSERT_TRUE(night.place(late));
    EXPECT_EQ(there.size(), 1U);
}

}  // namespace
}  // namespace sekimori::test
