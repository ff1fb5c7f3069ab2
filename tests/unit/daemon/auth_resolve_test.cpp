// SPDX-License-Identifier: Apache-2.0
// From what a card says it is to a person who may go on, over a real store: every refusal, and in which order.
#include "tests/unit/daemon/resolve_rig.hpp"

namespace sekimori::daemon {
namespace {

TEST_F(ResolveTest, AnActiveCardOfThePersonFits) {
    const auto answer = ask({says(1)});
    ASSERT_TRUE(std::holds_alternative<Resolved>(answer));
    const auto& [candidate, record, person, names] = std::get<Resolved>(answer);
    EXPECT_EQ(candidate.visit, kVisit);
    EXPECT_EQ(candidate.person, tanaka);
    EXPECT_EQ(candidate.card, card);
    EXPECT_EQ(candidate.slot, CardSlot::piv_9e);
    EXPECT_EQ(candidate.set.text(), "card+finger");
    EXPECT_EQ(candidate.presence, Presence::hold);
    EXPECT_EQ(candidate.pin, Ask::no);
    EXPECT_EQ(candidate.account, Ask::no);
    EXPECT_EQ(record.id, card);
    EXPECT_EQ(person.id, tanaka);
    EXPECT_EQ(names, std::vector<std::string>{"tanaka"});
}

TEST_F(ResolveTest, TheCardMaySayWhoItIs) {
    user.clear();
    const auto answer = ask({says(1)});
    ASSERT_TRUE(std::holds_alternative<Resolved>(answer));
    EXPECT_EQ(std::get<Resolved>(answer).person.id, tanaka);
}

TEST_F(ResolveTest, AKeyThatNobodyEnrolledIsUnknown) {
    EXPECT_EQ(reason({says(9)}), Reason::card_unknown);
    EXPECT_EQ(reason({}), Reason::card_unknown);
}

TEST_F(ResolveTest, TheKeyAloneIsNotEnough) {
    wire::CardReference other = says(1);
    other.type = CardType::jpki;
    EXPECT_EQ(reason({other}), Reason::card_unknown);
    EXPECT_EQ(reason({says(1, CardSlot::piv_9a)}), Reason::card_unknown);
}

TEST_F(ResolveTest, OfSeveralReferencesTheOneThatFitsIsTaken) {
    EXPECT_EQ(reason({says(9), says(1)}), Reason::granted);
    (void)add_with_pin(tanaka, 2);
    EXPECT_EQ(reason({says(2, CardSlot::piv_9a, wire::PinState::blocked), says(1)}), Reason::granted);
}

TEST_F(ResolveTest, SomebodyElsesCardIsTold) {
    user = "sato";
    EXPECT_EQ(reason({says(1)}), Reason::card_not_yours);
    user = "nobody";
    EXPECT_EQ(reason({says(1)}), Reason::card_not_yours);
}

TEST_F(ResolveTest, OfSomebodyElsesCardNothingMoreIsTold) {
    ASSERT_TRUE(store->revoke_card(card, DenyReason::lost, by));
    user = "sato";
    EXPECT_EQ(reason({says(1)}), Reason::card_not_yours);
}

TEST_F(ResolveTest, ASuspendedCardOpensNothingUntilItIsReinstated) {
    ASSERT_TRUE(store->suspend_card(card, by));
    EXPECT_EQ(reason({says(1)}), Reason::card_suspended);
    ASSERT_TRUE(store->reinstate_card(card, by));
    EXPECT_EQ(reason({says(1)}), Reason::granted);
}

TEST_F(ResolveTest, ARevokedCardOpensNothingAlsoWhenItWasFound) {
    ASSERT_TRUE(store->revoke_card(card, DenyReason::lost, by));
    EXPECT_EQ(reason({says(1)}), Reason::card_revoked);
    ASSERT_TRUE(store->return_card(card, by));
    EXPECT_EQ(reason({says(1)}), Reason::card_revoked);
}

TEST_F(ResolveTest, AKeyThatWasReportedBeforeItWasKnownIsRevoked) {
    ASSERT_TRUE(store->revoke_key(key(8), DenyReason::stolen, by));
    EXPECT_EQ(reason({says(8)}), Reason::card_revoked);
    user.clear();
    EXPECT_EQ(reason({says(8)}), Reason::card_revoked);
}

TEST_F(ResolveTest, ACardExpiresAtItsTime) {
    NewCard short_lived = new_card(tanaka, 3);
    short_lived.expires_at = clock.at.wall + Millis{1000};
    ASSERT_TRUE(store->add_card(std::move(short_lived), by));
    EXPECT_EQ(reason({says(3)}), Reason::granted);
    clock.at.wall += Millis{1000};
    EXPECT_EQ(reason({says(3)}), Reason::card_expired);
}

TEST_F(ResolveTest, ASuspendedPersonOpensNothingWithAnyCard) {
    ASSERT_TRUE(store->suspend_person(tanaka, by));
    EXPECT_EQ(reason({says(1)}), Reason::person_suspended);
    ASSERT_TRUE(store->reinstate_person(tanaka, by));
    EXPECT_EQ(reason({says(1)}), Reason::granted);
}

TEST_F(ResolveTest, APersonWhoLeftOpensNothing) {
    ASSERT_TRUE(store->remove_person(tanaka, by));
    EXPECT_NE(reason({says(1)}), Reason::granted);
    user.clear();
    EXPECT_NE(reason({says(1)}), Reason::granted);
}

TEST_F(ResolveTest, AWeakCardIsRefused) {
    policy.least = CardStrength::certificate;
    NewCard lite = new_card(tanaka, 4, "0123456789abcdef");
    ASSERT_TRUE(store->add_card(std::move(lite), by));
    wire::CardReference reference = says(4, CardSlot::none);
    reference.type = CardType::lite_s;
    EXPECT_EQ(reason({reference}), Reason::card_weak);
    policy.least = CardStrength::symmetric;
    EXPECT_EQ(reason({reference}), Reason::granted);
}

TEST_F(ResolveTest, FewerFingersThanNeededAreMissing) {
    const PersonId sato = add("sato", {{"sato", "local", 1002}});
    (void)add_card(sato, 5);
    user = "sato";
    EXPECT_EQ(reason({says(5)}), Reason::fingers_missing);
    fingers(sato, 1);
    EXPECT_EQ(reason({says(5)}), Reason::fingers_missing);
    fingers(sato, 2);
    EXPECT_EQ(reason({says(5)}), Reason::granted);
}

TEST_F(ResolveTest, OneFingerIsEnoughForWhomItWasSaid) {
    const PersonId sato = add("sato", {{"sato", "local", 1002}}, Role::none, 1);
    (void)add_card(sato, 5);
    fingers(sato, 1);
    user = "sato";
    EXPECT_EQ(reason({says(5)}), Reason::granted);
}

TEST_F(ResolveTest, ASetThatTheCardCannotProveIsNotAllowed) {
    allow({"card+pin"});
    EXPECT_EQ(reason({says(1)}), Reason::account_not_allowed) << "9E signs without a PIN";
    policy.rules[0].service = "sudo";
    EXPECT_EQ(reason({says(1)}), Reason::account_not_allowed) << "no rule for this service";
}

// A rule for a group holds also when nobody was named and the card says who it is.
class ResolveGroups : public ResolveTest {
  protected:
    void SetUp() override {
        ResolveTest::SetUp();
        yamada = add("yamada", {{"tanaka", "local", 1000}, {"tanaka-adm", "local", 1001}});
        fingers(yamada, 2);
        (void)add_with_pin(yamada, 6);
        accounts.groups["tanaka-adm"] = {"admins"};
        PolicyRule strict;
        strict.group = "admins";
        strict.allow = {*FactorSet::parse("card+pin+finger")};
        policy.rules.insert(policy.rules.begin(), strict);
    }
    std::string set(const std::string& named) {
        user = named;
        const auto answer = ask({says(6, CardSlot::piv_9a, wire::PinState::ready, 3)});
        return std::holds_alternative<Resolved>(answer) ? std::get<Resolved>(answer).candidate.set.text() : "";
    }
    PersonId yamada;
};

TEST_F(ResolveGroups, TheAccountsGroupDecides) {
    EXPECT_EQ(set("tanaka"), "card+finger");
    EXPECT_EQ(set("tanaka-adm"), "card+finger+pin");
}

TEST_F(ResolveGroups, WhoIsNotNamedProvesWhatAnyOfTheAccountsWants) { EXPECT_EQ(set(""), "card+finger+pin"); }

TEST_F(ResolveGroups, AnAccountThatNothingOpensIsNotOffered) {
    policy.rules[0].allow = {*FactorSet::parse("card+pin")};
    policy.rules[1].group = "clerks";
    EXPECT_EQ(set("tanaka"), "");
    user.clear();
    const auto answer = ask({says(6, CardSlot::piv_9a, wire::PinState::ready, 3)});
    ASSERT_TRUE(std::holds_alternative<Resolved>(answer));
    EXPECT_EQ(std::get<Resolved>(answer).accounts, std::vector<std::string>{"tanaka-adm"});
    EXPECT_EQ(std::get<Resolved>(answer).candidate.account, Ask::no);
}

TEST_F(ResolveGroups, AnAdministratorAnswersToTheRulesOfTheirAccounts) {
    const PersonId admin = add("admin", {{"tanaka-adm", "local", 1001}}, Role::administrator);
    fingers(admin, 2);
    (void)add_with_pin(admin, 7);
    scope = Scope::administrator;
    user.clear();
    const auto answer = ask({says(7, CardSlot::piv_9a, wire::PinState::ready, 3)});
    ASSERT_TRUE(std::holds_alternative<Resolved>(answer));
    EXPECT_EQ(std::get<Resolved>(answer).candidate.set.text(), "card+finger+pin");
}

class ResolvePin : public ResolveTest {
  protected:
    void SetUp() override {
        ResolveTest::SetUp();
        (void)add_with_pin(tanaka, 2);
    }
    Reason with(wire::PinState state, std::uint8_t tries) { return reason({says(2, CardSlot::piv_9a, state, tries)}); }
};

TEST_F(ResolvePin, ABlockedOrMissingPinIsToldBeforeItIsAskedFor) {
    EXPECT_EQ(with(wire::PinState::blocked, 0), Reason::pin_blocked);
    EXPECT_EQ(with(wire::PinState::missing, 0), Reason::pin_missing);
}

TEST_F(ResolvePin, TheLastTryIsNotSpent) {
    EXPECT_EQ(with(wire::PinState::ready, 0), Reason::pin_last_try);
    EXPECT_EQ(with(wire::PinState::ready, 1), Reason::pin_last_try);
    EXPECT_EQ(with(wire::PinState::ready, 2), Reason::granted);
}

TEST_F(ResolvePin, ThePinIsAskedForWithTheTriesThatTheCardTells) {
    const auto answer = ask({says(2, CardSlot::piv_9a, wire::PinState::ready, 3)});
    ASSERT_TRUE(std::holds_alternative<Resolved>(answer));
    EXPECT_EQ(std::get<Resolved>(answer).candidate.pin, Ask::yes);
    EXPECT_EQ(std::get<Resolved>(answer).candidate.tries, 3);
    EXPECT_EQ(with(wire::PinState::unknown, 0), Reason::granted);
}

TEST_F(ResolvePin, ThePolicysOrderChoosesTheSet) {
    allow({"card+pin", "card+finger"});
    const auto answer = ask({says(2, CardSlot::piv_9a, wire::PinState::ready, 3)});
    ASSERT_TRUE(std::holds_alternative<Resolved>(answer));
    EXPECT_EQ(std::get<Resolved>(answer).candidate.set.text(), "card+pin");
}

TEST_F(ResolvePin, AStrangersPinIsNotLookedAt) {
    user = "sato";
    EXPECT_EQ(with(wire::PinState::blocked, 0), Reason::card_not_yours);
}

TEST_F(ResolveTest, WithTwoAccountsThePersonIsAsked) {
    const PersonId both = add("both", {{"tanaka-adm", "local", 1001}, {"sato", "local", 1002}});
    fingers(both, 2);
    (void)add_card(both, 6);
    user.clear();
    const auto open = ask({says(6)});
    ASSERT_TRUE(std::holds_alternative<Resolved>(open));
    EXPECT_EQ(std::get<Resolved>(open).candidate.account, Ask::yes);
    EXPECT_EQ(std::get<Resolved>(open).accounts.size(), 2U);
    user = "sato";
    const auto named = ask({says(6)});
    ASSERT_TRUE(std::holds_alternative<Resolved>(named));
    EXPECT_EQ(std::get<Resolved>(named).candidate.account, Ask::no);
    EXPECT_EQ(std::get<Resolved>(named).accounts, std::vector<std::string>{"sato"});
}

TEST_F(ResolveTest, ANameWithAnotherUidIsAnotherAccount) {
    accounts.uids["tanaka"] = 4711;
    EXPECT_EQ(reason({says(1)}), Reason::account_not_allowed);
    user.clear();
    EXPECT_EQ(reason({says(1)}), Reason::account_not_allowed);
    accounts.uids.erase("tanaka");
    EXPECT_EQ(reason({says(1)}), Reason::account_not_allowed);
}

TEST_F(ResolveTest, AnAccountThatWasBoundWithoutAUidNeedsNone) {
    EXPECT_TRUE(still_bound({"lab", "local", std::nullopt}, accounts));
    EXPECT_TRUE(still_bound({"tanaka", "local", 1000}, accounts));
    EXPECT_FALSE(still_bound({"tanaka", "local", 1001}, accounts));
    EXPECT_FALSE(still_bound({"lab", "local", 1000}, accounts));
}

TEST_F(ResolveTest, AnAdministratorsActWantsAnAdministratorsCard) {
    scope = Scope::administrator;
    user.clear();
    EXPECT_EQ(reason({says(1)}), Reason::not_permitted);
    const PersonId admin = add("admin", {{"admin", "local", 4000}}, Role::administrator);
    fingers(admin, 2);
    const CardId admin_card = add_card(admin, 7);
    const auto answer = ask({says(7)});
    ASSERT_TRUE(std::holds_alternative<Resolved>(answer));
    EXPECT_EQ(std::get<Resolved>(answer).candidate.account, Ask::no);
    ASSERT_TRUE(store->revoke_card(admin_card, DenyReason::lost, by));
    EXPECT_EQ(reason({says(7)}), Reason::card_revoked);
}

TEST_F(ResolveTest, AnAdministratorIsNobodyElseAtALogin) {
    const PersonId admin = add("admin", {{"admin", "local", 4000}}, Role::administrator);
    fingers(admin, 2);
    (void)add_card(admin, 7);
    EXPECT_EQ(reason({says(7)}), Reason::card_not_yours);
    user.clear();
    EXPECT_EQ(reason({says(7)}), Reason::account_not_allowed);
}

TEST(RefusalOf, EveryFaultOfACardIsARefusal) {
    for (std::uint64_t fault = 0; fault <= wire::kLast<wire::CardFault>; ++fault) {
        const Reason refusal = refusal_of(static_cast<wire::CardFault>(fault));
        EXPECT_NE(refusal, Reason::granted) << fault;
        EXPECT_NE(refusal, Reason::internal) << fault;
    }
    EXPECT_EQ(refusal_of(static_cast<wire::CardFault>(0xff)), Reason::internal);
}

TEST(RefusalOf, OnlyAnActiveCardInItsTimeOpensAnything) {
    CardRecord card;
    EXPECT_EQ(refusal_of(card, Millis{1000}), Reason::granted);
    card.expires_at = Millis{1000};
    EXPECT_EQ(refusal_of(card, Millis{999}), Reason::granted);
    EXPECT_EQ(refusal_of(card, Millis{1000}), Reason::card_expired);
    card.expires_at = Millis{0};
    for (const auto& [state, expected] : {std::pair{CardState::suspended, Reason::card_suspended},
                                          {CardState::revoked, Reason::card_revoked},
                                          {CardState::returned, Reason::card_revoked},
                                          {CardState::destroyed, Reason::card_revoked},
                                          {CardState::expired, Reason::card_expired}}) {
        card.state = state;
        EXPECT_EQ(refusal_of(card, Millis{0}), expected) << name_of(state);
    }
}

}  // namespace
}  // namespace sekimori::daemon
