// SPDX-License-Identifier: Apache-2.0
// The view as a pure function, without disk and keys.
#include <gtest/gtest.h>

#include "tests/unit/daemon/store_statements.hpp"

namespace sekimori::daemon {
namespace {

class ViewTest : public testing::Test {
  protected:
    void given(const Statement& statement) {
        const auto applied = apply(view, statement);
        ASSERT_TRUE(applied) << applied.error().message;
    }
    void administrators(std::uint8_t one, std::uint8_t other) {
        for (const std::uint8_t n : {one, other}) {
            given(make.person(n));
            given(make.role(n, Roles::of(Role::administrator)));
        }
    }
    CardState state(std::uint8_t card) const { return view.cards.at(id<CardId>(card)).record.state; }
    PersonState person(std::uint8_t n) const { return view.persons.at(id<PersonId>(n)).record.state; }
    View view;
    Maker make;
};

TEST_F(ViewTest, GrantsMakeRecords) {
    given(make.person(1));
    given(make.card(1, 1, 7));
    given(make.finger(1, 1, "left-thumb"));
    EXPECT_EQ(person(1), PersonState::active);
    EXPECT_EQ(state(1), CardState::active);
    EXPECT_EQ(view.card_of_key(key(7))->record.id, id<CardId>(1));
    EXPECT_EQ(view.card_of_key(key(8)), nullptr);
    EXPECT_EQ(view.fingers.size(), 1U);
}

TEST_F(ViewTest, AnIdIsUsedOnce) {
    given(make.person(1));
    given(make.card(1, 1, 7));
    given(make.finger(1, 1, "left-thumb"));
    EXPECT_EQ(apply(view, make.person(1)).error().code, ErrorCode::exists);
    EXPECT_EQ(apply(view, make.card(1, 1, 8)).error().code, ErrorCode::exists);
    EXPECT_EQ(apply(view, make.finger(1, 1, "left-thumb")).error().code, ErrorCode::exists);
}

TEST_F(ViewTest, AGrantNeedsItsPerson) {
    EXPECT_EQ(apply(view, make.card(1, 1, 7)).error().code, ErrorCode::not_found);
    EXPECT_EQ(apply(view, make.finger(1, 1, "left-thumb")).error().code, ErrorCode::not_found);
    EXPECT_EQ(apply(view, make.account(1)).error().code, ErrorCode::not_found);
    EXPECT_EQ(apply(view, make.act(StatementType::returned, Target::card, 1)).error().code, ErrorCode::not_found);
}

TEST_F(ViewTest, ABodyThatDoesNotParseChangesNothing) {
    given(make.person(1));
    given(make.card(1, 1, 7));
    Statement broken = make.act(StatementType::revoke, Target::card, 1);
    broken.body.resize(broken.body.size() - 1);
    EXPECT_EQ(apply(view, broken).error().code, ErrorCode::malformed);
    EXPECT_EQ(state(1), CardState::active);
    EXPECT_EQ(apply(view, make.act(StatementType::revoke, Target::key, 0)).error().code, ErrorCode::malformed);
}

TEST_F(ViewTest, ATypeOfALaterVersionIsNotGuessed) {
    Statement later = make.person(1);
    later.type = static_cast<StatementType>(99);
    EXPECT_EQ(apply(view, later).error().code, ErrorCode::unsupported);
}

TEST_F(ViewTest, SuspendAndReinstate) {
    given(make.person(1));
    given(make.card(1, 1, 7));
    given(make.act(StatementType::suspend, Target::card, 1));
    EXPECT_EQ(state(1), CardState::suspended);
    given(make.act(StatementType::reinstate, Target::card, 1));
    EXPECT_EQ(state(1), CardState::active);
    given(make.act(StatementType::suspend, Target::person, 1));
    EXPECT_EQ(person(1), PersonState::suspended);
    given(make.act(StatementType::reinstate, Target::person, 1));
    EXPECT_EQ(person(1), PersonState::active);
}

TEST_F(ViewTest, NoActBringsARevokedCardBack) {
    given(make.person(1));
    given(make.card(1, 1, 7));
    given(make.act(StatementType::revoke, Target::card, 1, DenyReason::lost));
    given(make.act(StatementType::suspend, Target::card, 1));
    EXPECT_EQ(state(1), CardState::revoked);
    given(make.act(StatementType::reinstate, Target::card, 1));
    EXPECT_EQ(state(1), CardState::revoked);
    given(make.act(StatementType::returned, Target::card, 1));
    EXPECT_EQ(state(1), CardState::returned);
    EXPECT_EQ(view.cards.begin()->second.record.reason, DenyReason::lost);
    given(make.act(StatementType::reinstate, Target::card, 1));
    EXPECT_EQ(state(1), CardState::returned);
}

TEST_F(ViewTest, AReturnedCardMayBeEnrolledAgain) {
    given(make.person(1));
    given(make.card(1, 1, 7));
    given(make.act(StatementType::revoke, Target::card, 1, DenyReason::left));
    given(make.act(StatementType::returned, Target::card, 1));
    given(make.card(2, 1, 7));
    EXPECT_EQ(state(2), CardState::active);
    EXPECT_EQ(view.card_of_key(key(7))->record.id, id<CardId>(2));
}

TEST_F(ViewTest, DenialsBeforeTheCardTheyName) {
    given(make.person(1));
    given(make.act(StatementType::revoke, Target::card, 1, DenyReason::stolen));
    given(make.act(StatementType::suspend, Target::card, 2));
    given(make.revoke_key(9, DenyReason::lost));
    given(make.card(1, 1, 7));
    given(make.card(2, 1, 8));
    given(make.card(3, 1, 9));
    EXPECT_EQ(state(1), CardState::revoked);
    EXPECT_EQ(view.cards.at(id<CardId>(1)).record.reason, DenyReason::stolen);
    EXPECT_EQ(state(2), CardState::suspended);
    EXPECT_EQ(state(3), CardState::revoked);
    EXPECT_EQ(view.cards.at(id<CardId>(3)).record.reason, DenyReason::lost);
}

TEST_F(ViewTest, DenialsBeforeThePersonTheyName) {
    given(make.act(StatementType::suspend, Target::person, 1));
    given(make.act(StatementType::offboard, Target::person, 2));
    given(make.person(1));
    given(make.person(2));
    given(make.card(2, 2, 7));
    given(make.finger(2, 2, "left-thumb"));
    EXPECT_EQ(person(1), PersonState::suspended);
    EXPECT_EQ(person(2), PersonState::gone);
    EXPECT_EQ(state(2), CardState::revoked);
    EXPECT_TRUE(view.fingers.empty());
}

TEST_F(ViewTest, AWithdrawalCountsBeforeWhatItNamesAndAfter) {
    given(make.person(1));
    for (const Statement& what :
         {make.secret(1, SecretUse::code), make.secret(1, SecretUse::password), make.exemption(1)}) {
        View early = view;
        ASSERT_TRUE(apply(early, make.withdraw(what)));
        ASSERT_TRUE(apply(early, what));
        EXPECT_TRUE(early.secrets.empty() && early.exemptions.empty());
        View late = view;
        ASSERT_TRUE(apply(late, what));
        EXPECT_EQ(late.secrets.size() + late.exemptions.size(), 1U);
        EXPECT_TRUE(withdraws(late, what.id));
        ASSERT_TRUE(apply(late, make.withdraw(what)));
        EXPECT_TRUE(late.secrets.empty() && late.exemptions.empty());
        EXPECT_FALSE(withdraws(late, what.id));
        EXPECT_TRUE(lowers(late, view)) << "what is withdrawn stays so";
    }
    administrators(2, 3);
    const Statement ticket = make.break_glass(1, 2, 3);
    given(make.withdraw(ticket));
    given(ticket);
    EXPECT_TRUE(view.break_glass.at(ticket.id).record.used) << "a ticket of the past is no ticket";
}

// Whatever the author says: the chain knows who administered when it was written.
TEST_F(ViewTest, ATicketStandsOnTwoAdministratorsOtherThanThePerson) {
    given(make.person(1));
    given(make.person(4));
    administrators(2, 3);
    const auto good = [&](std::uint8_t by, std::uint8_t second) {
        const Statement ticket = make.break_glass(1, by, second);
        given(ticket);
        return !view.break_glass.at(ticket.id).record.used;
    };
    EXPECT_TRUE(good(2, 3));
    EXPECT_FALSE(good(2, 2)) << "one person twice";
    EXPECT_FALSE(good(2, 4)) << "no administrator";
    EXPECT_FALSE(good(2, 9)) << "nobody";
    given(make.role(1, Roles::of(Role::administrator)));
    EXPECT_FALSE(good(1, 2)) << "the person themselves";
    given(make.role(3, Roles::of(Role::officer)));
    EXPECT_FALSE(good(2, 3)) << "not any more";
}

TEST_F(ViewTest, NothingIsGivenToNobodyOrToWhoIsGone) {
    EXPECT_EQ(apply(view, make.secret(1, SecretUse::code)).error().code, ErrorCode::not_found);
    EXPECT_EQ(apply(view, make.exemption(1)).error().code, ErrorCode::not_found);
    EXPECT_EQ(apply(view, make.break_glass(1, 2, 3)).error().code, ErrorCode::not_found);
    given(make.person(1));
    administrators(2, 3);
    given(make.secret(1, SecretUse::code));
    given(make.exemption(1));
    const Statement ticket = make.break_glass(1, 2, 3);
    given(ticket);
    EXPECT_FALSE(view.break_glass.at(ticket.id).record.used);
    given(make.act(StatementType::offboard, Target::person, 1));
    EXPECT_TRUE(view.secrets.empty() && view.exemptions.empty());
    EXPECT_TRUE(view.break_glass.at(ticket.id).record.used);
    given(make.secret(1, SecretUse::code));
    given(make.exemption(1));
    EXPECT_TRUE(view.secrets.empty() && view.exemptions.empty());
}

TEST_F(ViewTest, OneCodeAndOnePasswordEach) {
    given(make.person(1));
    given(make.person(2));
    given(make.secret(1, SecretUse::code));
    given(make.secret(1, SecretUse::password));
    given(make.secret(2, SecretUse::code));
    const Statement next = make.secret(1, SecretUse::code);
    given(next);
    EXPECT_EQ(view.secrets.size(), 3U);
    EXPECT_TRUE(view.secrets.contains(next.id));
}

TEST_F(ViewTest, OffboardingTakesEverything) {
    given(make.person(1));
    given(make.card(1, 1, 7));
    given(make.finger(1, 1, "left-thumb"));
    given(make.person(2));
    given(make.card(2, 2, 8));
    given(make.act(StatementType::offboard, Target::person, 1));
    EXPECT_EQ(person(1), PersonState::gone);
    EXPECT_EQ(state(1), CardState::revoked);
    EXPECT_TRUE(view.fingers.empty());
    EXPECT_EQ(state(2), CardState::active);
    given(make.act(StatementType::reinstate, Target::person, 1));
    EXPECT_EQ(person(1), PersonState::gone);
    given(make.act(StatementType::suspend, Target::person, 1));
    EXPECT_EQ(person(1), PersonState::gone);
}

TEST_F(ViewTest, ReEnrolmentReplacesTheSameFingerOnly) {
    given(make.person(1));
    given(make.finger(1, 1, "left-thumb"));
    given(make.finger(2, 1, "right-thumb"));
    given(make.finger(3, 1, "left-thumb"));
    EXPECT_EQ(view.fingers.size(), 2U);
    EXPECT_FALSE(view.fingers.contains(id<FingerId>(1)));
}

TEST_F(ViewTest, ThePolicyInEffect) {
    EXPECT_EQ(view.policy_at(Millis{100}), nullptr);
    given(make.policy("now", 10));
    given(make.policy("april", 50));
    given(make.policy("correction", 20));
    EXPECT_EQ(view.policy_at(Millis{9}), nullptr);
    EXPECT_EQ(view.policy_at(Millis{10})->json, "now");
    EXPECT_EQ(view.policy_at(Millis{49})->json, "correction");
    EXPECT_EQ(view.policy_at(Millis{50})->json, "april");
    given(make.policy("another april", 50));
    EXPECT_EQ(view.policy_at(Millis{60})->json, "another april");
}

TEST_F(ViewTest, WhatAnActWouldChange) {
    const auto would = [&](StatementType type, Target target, std::uint8_t n) {
        return changes(view, type, target, id<CardId>(n).bytes, nullptr);
    };
    given(make.person(1));
    given(make.card(1, 1, 7));
    EXPECT_TRUE(would(StatementType::suspend, Target::card, 1));
    EXPECT_TRUE(would(StatementType::revoke, Target::card, 5));
    given(make.act(StatementType::suspend, Target::card, 1));
    EXPECT_FALSE(would(StatementType::suspend, Target::card, 1));
    EXPECT_TRUE(would(StatementType::revoke, Target::card, 1));
    given(make.act(StatementType::revoke, Target::card, 1));
    EXPECT_FALSE(would(StatementType::revoke, Target::card, 1));
    EXPECT_FALSE(would(StatementType::suspend, Target::card, 1));
    given(make.act(StatementType::revoke, Target::card, 5));
    EXPECT_FALSE(would(StatementType::revoke, Target::card, 5));
    EXPECT_TRUE(would(StatementType::suspend, Target::person, 1));
    given(make.act(StatementType::suspend, Target::person, 1));
    EXPECT_FALSE(would(StatementType::suspend, Target::person, 1));
    EXPECT_TRUE(would(StatementType::offboard, Target::person, 1));
    given(make.act(StatementType::offboard, Target::person, 1));
    EXPECT_FALSE(would(StatementType::offboard, Target::person, 1));
    EXPECT_FALSE(would(StatementType::suspend, Target::person, 1));
}

TEST_F(ViewTest, LoweringIsNoticed) {
    given(make.person(1));
    given(make.card(1, 1, 7));
    View denied = view;
    ASSERT_TRUE(apply(denied, make.act(StatementType::suspend, Target::card, 1)));
    EXPECT_TRUE(lowers(denied, view));
    EXPECT_FALSE(lowers(view, denied));
    EXPECT_FALSE(lowers(denied, denied));
    View keyed = view;
    ASSERT_TRUE(apply(keyed, make.revoke_key(9, DenyReason::lost)));
    EXPECT_TRUE(lowers(keyed, view));
    View gone = view;
    ASSERT_TRUE(apply(gone, make.act(StatementType::offboard, Target::person, 1)));
    EXPECT_TRUE(lowers(gone, view));
}

}  // namespace
}  // namespace sekimori::daemon
