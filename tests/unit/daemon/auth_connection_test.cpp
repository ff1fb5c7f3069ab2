// SPDX-License-Identifier: Apache-2.0
// Connections as a whole, from Begin to the verdict: what two of them do to each other, and what changes in flight.
#include "tests/unit/daemon/auth_rig.hpp"

namespace sekimori::daemon {
namespace {

class AuthConnection : public AuthRig {};

TEST_F(AuthConnection, CardAndFingerGrantOnceRecorded) {
    Channel client = connect();
    ASSERT_TRUE(client.send(begin("login")));
    EXPECT_EQ(prompt(client), MessageId::tap_card);
    insert();
    prove_card();
    const auto request = arm();
    EXPECT_EQ(prompt(client), MessageId::place_finger);
    ASSERT_TRUE(finger_worker.send(wire::FingerMatched{request, 1}));
    const auto verdict = expect<wire::Verdict>(client);
    EXPECT_EQ(verdict.outcome, Outcome::granted);
    EXPECT_EQ(verdict.user, "tanaka");
    EXPECT_EQ(verdict.grant.size(), kGrantSize);
    ASSERT_FALSE(trail().empty());
    EXPECT_TRUE(trail().back().event.success);
    EXPECT_EQ(trail().back().event.who, tanaka);
}

// The card is put in for the transaction that has the devices; one that waits for its turn must not touch it.
TEST_F(AuthConnection, WhoWaitsForTheTurnLeavesTheCardAlone) {
    Channel first = connect(), second = connect();
    ASSERT_TRUE(first.send(begin("login")));
    EXPECT_EQ(prompt(first), MessageId::tap_card);
    ASSERT_TRUE(second.send(begin("su-l")));
    settle();
    insert();
    const auto identify = expect<wire::Identify>(card_worker);
    EXPECT_TRUE(silent(card_worker)) << "a second Identify, of a transaction without its turn";
    ASSERT_TRUE(card_worker.send(says(identify.request)));
    const auto challenge = expect<wire::SignChallenge>(card_worker);
    EXPECT_TRUE(silent(card_worker));
    ASSERT_TRUE(card_worker.send(wire::SignedChallenge{challenge.request, {1}}));
    (void)arm();
    EXPECT_TRUE(silent(second));
    // Its turn comes when the first one goes, from the beginning.
    first = Channel();
    (void)expect<wire::Stop>(finger_worker);
    prove_card();
    EXPECT_EQ(expect<wire::GalleryItem>(finger_worker).index, 0);
}

TEST_F(AuthConnection, WhoWaitsOutlivesAWorkerThatIsReplaced) {
    Channel first = connect(), second = connect();
    ASSERT_TRUE(first.send(begin("login")));
    EXPECT_EQ(prompt(first), MessageId::tap_card);
    ASSERT_TRUE(second.send(begin("login")));
    settle();
    card_worker = Channel();
    EXPECT_EQ(expect<wire::Verdict>(first).outcome, Outcome::unavailable);
    // The second one's turn has come while nobody is there.
    EXPECT_EQ(expect<wire::Verdict>(second).outcome, Outcome::unavailable);
    Channel third = connect();
    start_card_worker();
    ASSERT_TRUE(third.send(begin("login")));
    EXPECT_EQ(prompt(third), MessageId::tap_card);
}

TEST_F(AuthConnection, ARefusedPlaceInTheQueueIsNoTransaction) {
    Channel first = connect(Rank::unprivileged, 1000), second = connect(Rank::unprivileged, 1000);
    ASSERT_TRUE(first.send(begin("locker", "tanaka", wire::Intent::unlock)));
    EXPECT_EQ(prompt(first), MessageId::tap_card);
    ASSERT_TRUE(second.send(begin("locker", "tanaka", wire::Intent::unlock)));
    EXPECT_EQ(expect<wire::Verdict>(second).outcome, Outcome::unavailable);
    insert();
    (void)expect<wire::Identify>(card_worker);
    EXPECT_TRUE(silent(card_worker));
}

// Two cards, nobody named: the first is pulled, and its answer comes all the same. The second one is what counts.
TEST_F(AuthConnection, AnAnswerOfACardThatLeftNamesNobody) {
    const PersonId sato = add_person("sato");
    (void)add_finger(sato, "right-index-finger", "template");
    (void)add_finger(sato, "left-index-finger", "template");
    (void)add_card(sato, 2);
    accounts.uids["sato"] = 1000;
    insert("one", 1);
    insert("two", 1);
    settle();
    Channel client = connect();
    ASSERT_TRUE(client.send(begin("gdm-password", "")));
    const auto one = expect<wire::Identify>(card_worker), two = expect<wire::Identify>(card_worker);
    ASSERT_EQ(one.reader, "one");
    ASSERT_TRUE(card_worker.send(wire::CardAbsent{"one", 1}));
    ASSERT_TRUE(card_worker.send(says(one.request, 1)));
    ASSERT_TRUE(card_worker.send(says(two.request, 2)));
    // The first one's request is let go.
    EXPECT_EQ(expect<wire::Release>(card_worker).request, one.request);
    const auto challenge = expect<wire::SignChallenge>(card_worker);
    EXPECT_EQ(challenge.reader, "two");
    ASSERT_TRUE(card_worker.send(wire::SignedChallenge{challenge.request, {1}}));
    const auto request = arm();
    ASSERT_TRUE(finger_worker.send(wire::FingerMatched{request, 0}));
    EXPECT_EQ(prompt(client), MessageId::place_finger);
    EXPECT_EQ(expect<wire::Verdict>(client).user, "sato");
}

TEST_F(AuthConnection, TheEndLetsTheCardGoAtOnce) {
    Channel client = connect();
    ASSERT_TRUE(client.send(begin("login")));
    EXPECT_EQ(prompt(client), MessageId::tap_card);
    insert();
    const auto identify = expect<wire::Identify>(card_worker);
    ASSERT_TRUE(card_worker.send(says(identify.request)));
    const auto challenge = expect<wire::SignChallenge>(card_worker);
    broker->denied(std::nullopt, card);
    EXPECT_EQ(expect<wire::Release>(card_worker).request, challenge.request);
    EXPECT_EQ(expect<wire::Verdict>(client).outcome, Outcome::denied);
}

TEST_F(AuthConnection, ARevocationInFlightDenies) {
    Channel client = connect();
    ASSERT_TRUE(client.send(begin("login")));
    EXPECT_EQ(prompt(client), MessageId::tap_card);
    insert();
    prove_card();
    const auto request = arm();
    ASSERT_TRUE(store->suspend_person(tanaka, by));  // and whoever did it forgot to tell
    ASSERT_TRUE(finger_worker.send(wire::FingerMatched{request, 0}));
    EXPECT_EQ(prompt(client), MessageId::place_finger);
    EXPECT_EQ(expect<wire::Verdict>(client).outcome, Outcome::denied);
}

// What was enough when the card was looked up is judged again by the policy of the verdict's moment.
TEST_F(AuthConnection, APolicyThatComesInFlightCounts) {
    Channel client = connect();
    ASSERT_TRUE(client.send(begin("login")));
    EXPECT_EQ(prompt(client), MessageId::tap_card);
    insert();
    prove_card();
    const auto request = arm();
    broker->policy.rules[0].allow = {*FactorSet::parse("card+pin+finger")};
    ASSERT_TRUE(finger_worker.send(wire::FingerMatched{request, 0}));
    EXPECT_EQ(prompt(client), MessageId::place_finger);
    EXPECT_EQ(expect<wire::Verdict>(client).outcome, Outcome::denied);
    EXPECT_FALSE(trail().back().event.success);
}

TEST_F(AuthConnection, ThePlaceOfAnUnprivilegedCallerIsItsUid) {
    (void)add_person("sato");
    Channel client = connect(Rank::unprivileged, 1000);
    ASSERT_TRUE(client.send(begin("locker", "sato", wire::Intent::unlock)));
    EXPECT_EQ(expect<wire::Verdict>(client).outcome, Outcome::denied);
    ASSERT_FALSE(trail().empty());
    EXPECT_EQ(trail().back().event.where, "uid:1000");
}

TEST_F(AuthConnection, AStrangersNameIsNotLookedUp) {
    Channel client = connect(Rank::unprivileged, 1000);
    const int before = accounts.look_ups;
    ASSERT_TRUE(client.send(begin("locker", "somebody-of-the-directory", wire::Intent::unlock)));
    EXPECT_NE(expect<wire::Verdict>(client).outcome, Outcome::granted);
    EXPECT_EQ(accounts.look_ups, before);
}

}  // namespace
}  // namespace sekimori::daemon
