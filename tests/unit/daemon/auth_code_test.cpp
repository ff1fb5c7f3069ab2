// SPDX-License-Identifier: Apache-2.0
// Without the card: codes and break-glass over a real store, from Begin to the verdict. No way in but the code and the
// finger, of one person, in time; or two administrators' ticket, once.
#include <algorithm>
#include <cctype>

#include "core/event_kind.hpp"
#include "crypto/slow_hash.hpp"
#include "daemon/auth/code_text.hpp"
#include "tests/unit/daemon/auth_rig.hpp"

namespace sekimori::daemon {
namespace {

SecureBytes bytes(std::string_view text) {
    return SecureBytes(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

class AuthCode : public AuthRig {
  protected:
    void SetUp() override {
        AuthRig::SetUp();
        broker->secrets = &hashes;
        two = {administrator("chief"), "tty1", administrator("deputy")};
    }
    PersonId administrator(const std::string& login) {
        const PersonId id = add_person(login);
        EXPECT_TRUE(store->set_roles(id, Roles::of(Role::administrator), by));
        return id;
    }
    // A code of a person's, as it is shown.
    std::string issue(const PersonId& person, Millis life = std::chrono::hours{8}) {
        const auto code = draw_code(rng);
        EXPECT_TRUE(code);
        auto hash = crypto::slow_hash(code->whole.span(), rng, 14);
        EXPECT_TRUE(hash);
        const auto id = store->give_secret(
            {person, SecretUse::code, clock.at.wall + life, code->handle, std::move(*hash), "card at home"}, by);
        EXPECT_TRUE(id) << id.error();
        statement = id.value_or(StatementId{});
        return std::string(code->shown().view());
    }
    std::string issue_ticket(const PersonId& person, Millis life = std::chrono::minutes{30}) {
        const auto code = draw_code(rng);
        auto hash = crypto::slow_hash(code->whole.span(), rng, 14);
        const auto id = store->allow_break_glass(
            {person, broker->terminal, clock.at.wall + life, code->handle, std::move(*hash), "fire"}, two);
        EXPECT_TRUE(id) << id.error();
        statement = id.value_or(StatementId{});
        return std::string(code->shown().view());
    }
    Channel log_in(wire::Intent intent = wire::Intent::login, const std::string& user = "tanaka") {
        Channel client = connect();
        EXPECT_TRUE(client.send(begin("login", user, intent)));
        return client;
    }
    // Whether a code is asked for, and answered.
    void type(Channel& client, std::string_view text) {
        const auto prompt = expect<wire::Prompt>(client);
        ASSERT_EQ(prompt.id, MessageId::enter_code);
        EXPECT_EQ(prompt.style, wire::PromptStyle::echo_off);
        ASSERT_TRUE(client.send(wire::Answer{prompt.serial, wire::AnswerStatus::given, bytes(text)}));
    }
    void right_finger() {
        const auto request = arm();
        ASSERT_TRUE(finger_worker.send(wire::FingerMatched{request, 0}));
    }
    void wrong_finger() {
        const auto request = arm();
        ASSERT_TRUE(finger_worker.send(wire::FingerNoMatch{request}));
    }
    wire::Verdict verdict(Channel& client) {
        for (;;) {
            std::optional<SecureBytes> raw;
            EXPECT_TRUE(turn_until([&] {
                auto next = client.receive(std::nullopt);
                if (next) raw = std::move(*next);
                return raw.has_value();
            }));
            if (!raw) return {};
            if (auto end = wire::decode<wire::Verdict>(raw->span())) return std::move(*end);
        }
    }
    std::string last() const { return trail().empty() ? "" : trail().back().event.reason; }

    crypto::SlowHashes hashes;
    StatementId statement;
    Actor two;
};

TEST_F(AuthCode, CodeAndFingerGrant) {
    const std::string code = issue(tanaka);
    Channel client = log_in();
    type(client, code);
    right_finger();
    const auto end = verdict(client);
    EXPECT_EQ(end.outcome, Outcome::granted);
    EXPECT_EQ(end.user, "tanaka");
    EXPECT_EQ(end.grant.size(), kGrantSize);
    EXPECT_EQ(last(), "granted:code+finger");
    EXPECT_EQ(trail().back().event.who, tanaka);
    EXPECT_FALSE(trail().back().event.card);
    const auto grant = broker->grants.find(end.grant.span(), "tanaka", "login", clock.at.boottime);
    ASSERT_TRUE(grant);
    EXPECT_EQ(grant->hold.by, HeldBy::code);
    EXPECT_EQ(grant->hold.until, clock.at.wall + std::chrono::hours{8});
}

TEST_F(AuthCode, EachAloneIsRefusedInTheSameWords) {
    const std::string code = issue(tanaka);
    Channel with_code = log_in();
    type(with_code, code);
    wrong_finger();
    const auto first = verdict(with_code);
    EXPECT_EQ(first.outcome, Outcome::denied);
    EXPECT_EQ(last(), "code_no_match");
    Channel with_finger = log_in();
    std::string other = code;
    other.back() = other.back() == 'A' ? 'B' : 'A';
    type(with_finger, other);
    right_finger();
    const auto second = verdict(with_finger);
    EXPECT_EQ(second.outcome, Outcome::denied);
    EXPECT_EQ(last(), "code_wrong");
    EXPECT_EQ(first.id, second.id) << "which of them was wrong is not told";
    EXPECT_TRUE(first.grant.empty() && second.grant.empty());
}

TEST_F(AuthCode, ItIsTypedAsPeopleType) {
    std::string code = issue(tanaka);
    std::erase(code, '-');
    std::transform(code.begin(), code.end(), code.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    Channel client = log_in();
    type(client, code.substr(0, 6) + " " + code.substr(6));
    right_finger();
    EXPECT_EQ(verdict(client).outcome, Outcome::granted);
}

TEST_F(AuthCode, FiveGuessesLockAndTheRightOneIsTooLate) {
    const std::string code = issue(tanaka);
    std::string other = code;
    other.back() = other.back() == 'A' ? 'B' : 'A';
    for (int i = 0; i < 5; ++i) {
        Channel client = log_in();
        type(client, other);
        right_finger();
        EXPECT_EQ(verdict(client).outcome, Outcome::denied);
    }
    Channel client = log_in();
    EXPECT_EQ(verdict(client).outcome, Outcome::locked_out);
}

// Cancelled at any moment after the charge, it counts.
TEST_F(AuthCode, AGuessThatIsCutOffWasCharged) {
    const std::string code = issue(tanaka);
    const LockoutKey key{LockoutOf::person, tanaka.hex()};
    Channel client = log_in();
    type(client, code);
    (void)arm();
    settle();
    EXPECT_EQ(store->lockout(key).charged, 1U);
    client = Channel();
    settle();
    EXPECT_EQ(store->lockout(key).charged, 1U);
}

TEST_F(AuthCode, NothingIsAskedForWhereNothingIsInForce) {
    Channel none = log_in();
    EXPECT_EQ(prompt(none), MessageId::tap_card);
    none = Channel();
    (void)issue(tanaka, std::chrono::hours{1});
    clock.at.wall += std::chrono::hours{1};
    Channel over = log_in();
    EXPECT_EQ(prompt(over), MessageId::tap_card) << "it is over";
    over = Channel();
    (void)issue(tanaka);
    clock.at.wall_quality = WallQuality::suspect;
    Channel suspect = log_in();
    EXPECT_EQ(prompt(suspect), MessageId::tap_card) << "nobody can tell on this clock";
    suspect = Channel();
    clock.at.wall_quality = WallQuality::good;
    ASSERT_TRUE(store->withdraw(statement, Store::Withdrawal::withdrawn, by));
    Channel withdrawn = log_in();
    EXPECT_EQ(prompt(withdrawn), MessageId::tap_card);
    withdrawn = Channel();
    (void)issue(tanaka);
    broker->policy.rules[0].allow = {*FactorSet::parse("card+finger")};
    Channel ruled = log_in();
    EXPECT_EQ(prompt(ruled), MessageId::tap_card) << "the policy does not name it";
}

TEST_F(AuthCode, WhatChangesInFlightCounts) {
    const auto attempt = [&](const std::function<void()>& meanwhile) {
        const std::string code = issue(tanaka);
        Channel client = log_in();
        type(client, code);
        const auto request = arm();
        meanwhile();
        (void)finger_worker.send(wire::FingerMatched{request, 0});
        return verdict(client).outcome;
    };
    EXPECT_EQ(attempt([&] { (void)issue(tanaka); }), Outcome::denied) << "replaced";
    ASSERT_TRUE(store->set_lockout({LockoutOf::person, tanaka.hex()}, {}));
    ASSERT_TRUE(store->set_lockout({LockoutOf::caller, "tty:tty1"}, {}));
    EXPECT_EQ(attempt([&] { clock.at.wall += std::chrono::hours{9}; }), Outcome::denied) << "over";
}

TEST_F(AuthCode, AWithdrawalEndsATransactionAtOnce) {
    const std::string code = issue(tanaka);
    Channel client = log_in();
    type(client, code);
    (void)arm();
    ASSERT_TRUE(store->withdraw(statement, Store::Withdrawal::withdrawn, by));
    broker->withdrawn(statement);
    EXPECT_EQ(verdict(client).outcome, Outcome::denied);
    EXPECT_EQ(last(), "revoked_meanwhile");
}

TEST_F(AuthCode, ATokenFallsWithItsCode) {
    const std::string code = issue(tanaka);
    Channel client = log_in();
    type(client, code);
    right_finger();
    const auto end = verdict(client);
    ASSERT_EQ(end.outcome, Outcome::granted);
    broker->withdrawn(statement);
    EXPECT_FALSE(broker->grants.find(end.grant.span(), "tanaka", "login", clock.at.boottime));
}

TEST_F(AuthCode, WithoutAnAnswerTheCardWillDo) {
    (void)issue(tanaka);
    Channel client = log_in();
    type(client, "");
    EXPECT_EQ(prompt(client), MessageId::tap_card);
    insert();
    prove_card();
    right_finger();
    EXPECT_EQ(verdict(client).outcome, Outcome::granted);
    EXPECT_EQ(last(), "granted");
}

TEST_F(AuthCode, ACardThatLiesThereIsAskedFirst) {
    (void)issue(tanaka);
    insert();
    settle();
    const Channel client = log_in();
    (void)expect<wire::Identify>(card_worker);
}

// A shared counter account: the code says whose it is.
TEST_F(AuthCode, OnASharedAccountTheHandleNamesThePerson) {
    NewPerson person;
    person.login = "sato";
    person.name = "佐藤";
    person.accounts = {{"tanaka", "local", 1000}};
    const auto sato = store->add_person(std::move(person), by);
    ASSERT_TRUE(sato);
    (void)add_finger(*sato, "right-index-finger", "template");
    (void)add_finger(*sato, "left-index-finger", "template");
    (void)issue(tanaka);
    const std::string code = issue(*sato);
    Channel client = log_in();
    type(client, code);
    right_finger();
    EXPECT_EQ(verdict(client).outcome, Outcome::granted);
    EXPECT_EQ(trail().back().event.who, *sato);
    Channel stranger = log_in();
    std::string nobodys = code;
    nobodys[0] = nobodys[0] == 'A' ? 'B' : 'A';
    type(stranger, nobodys);
    EXPECT_EQ(verdict(stranger).outcome, Outcome::denied);
    EXPECT_EQ(last(), "code_wrong") << "a guess that was charged is in the trail, whosever it was";
    EXPECT_EQ(store->lockout({LockoutOf::caller, "tty:tty1"}).charged, 1U) << "a guess, at the place's expense";
    EXPECT_EQ(store->lockout({LockoutOf::person, tanaka.hex()}).charged, 0U);
}

// The session began to end while the code was typed: the trail must not say that it was unlocked.
TEST_F(AuthCode, WhatTheGrantIsForHasTheLastWord) {
    const std::string code = issue(tanaka);
    FlowRequest request;
    request.service = "login";
    request.user = "tanaka";
    request.what = "unlock";
    request.caller = "tty:tty1";
    request.code = Ask::yes;
    request.last_word = [](const PersonRecord&, const std::string& account) {
        EXPECT_EQ(account, "tanaka");
        return Reason::not_permitted;
    };
    auto pair = *Channel::pair();
    ChannelDialogue dialogue(pair.first, [] {});
    std::optional<FlowResult> result;
    Flow flow(*broker, std::move(request), dialogue, [&](const FlowResult& end) { result = end; });
    flow.start();
    const auto prompt = expect<wire::Prompt>(pair.second);
    ASSERT_EQ(prompt.id, MessageId::enter_code);
    ASSERT_TRUE(dialogue.on_answer({prompt.serial, wire::AnswerStatus::given, bytes(code)}));
    right_finger();
    ASSERT_TRUE(turn_until([&] { return result.has_value(); }));
    EXPECT_EQ(result->end.reason, Reason::not_permitted);
    EXPECT_FALSE(trail().back().event.success);
}

// ---- break-glass

TEST_F(AuthCode, ATicketLetsInOnceAndLoudly) {
    const std::string code = issue_ticket(tanaka);
    int loud = 0;
    broker->on_break_glass = [&](const std::string& person, const std::string&) {
        EXPECT_EQ(person, tanaka.hex());
        ++loud;
    };
    Channel client = log_in();
    type(client, code);
    const auto end = verdict(client);
    EXPECT_EQ(end.outcome, Outcome::granted);
    EXPECT_EQ(end.id, MessageId::break_glass_used);
    EXPECT_EQ(loud, 1);
    ASSERT_EQ(kind_of_event(trail().back().event.what), EventKind::bypass) << trail().back().event.what;
    EXPECT_EQ(last(), "break_glass");
    const auto grant = broker->grants.find(end.grant.span(), "tanaka", "login", clock.at.boottime);
    ASSERT_TRUE(grant);
    EXPECT_EQ(grant->hold.by, HeldBy::break_glass);
    Channel again = log_in();
    EXPECT_EQ(prompt(again), MessageId::tap_card) << "it was good for one";
    again = Channel();
    ASSERT_EQ(store->break_glass().size(), 1U);
    EXPECT_TRUE(store->break_glass().front().used);
}

TEST_F(AuthCode, AWrongTicketIsChargedAndLetsNobodyIn) {
    std::string code = issue_ticket(tanaka);
    code.back() = code.back() == 'A' ? 'B' : 'A';
    Channel client = log_in();
    type(client, code);
    EXPECT_EQ(verdict(client).outcome, Outcome::denied);
    EXPECT_EQ(store->lockout({LockoutOf::person, tanaka.hex()}).charged, 1U);
    EXPECT_FALSE(store->break_glass().front().used) << "whoever guesses does not spend it";
}

TEST_F(AuthCode, ATicketIsForALoginHereAndInTime) {
    (void)issue_ticket(tanaka);
    Channel elevation = log_in(wire::Intent::elevate);
    EXPECT_EQ(prompt(elevation), MessageId::intent_notice);
    EXPECT_EQ(prompt(elevation), MessageId::tap_card) << "not for sudo";
    elevation = Channel();
    settle();
    broker->terminal = test::id_of<TerminalId>(9);
    Channel elsewhere = log_in();
    EXPECT_EQ(prompt(elsewhere), MessageId::tap_card);
    elsewhere = Channel();
    settle();
    broker->terminal = test::id_of<TerminalId>(1);
    clock.at.wall += std::chrono::minutes{30};
    Channel late = log_in();
    EXPECT_EQ(prompt(late), MessageId::tap_card);
}

TEST_F(AuthCode, NobodyWritesATicketAlone) {
    const auto ticket = [&] {
        return NewBreakGlass{tanaka, broker->terminal, clock.at.wall + Millis{1000}, "AAAA", {1}, "why"};
    };
    const PersonId one = *two.person;
    const PersonId clerk = add_person("clerk");
    for (const Actor& actor : {Actor{std::nullopt, "x"}, Actor{one, "x"}, Actor{one, "x", one}, Actor{one, "x", tanaka},
                               Actor{tanaka, "x", one}, Actor{one, "x", clerk}})
        EXPECT_EQ(store->allow_break_glass(ticket(), actor).error().code, ErrorCode::refused);
}

// ---- password beside the card

TEST_F(AuthCode, CardAndPasswordByThePolicy) {
    broker->policy.rules[0].allow = {*FactorSet::parse("password+card")};
    Channel without = log_in();
    EXPECT_EQ(prompt(without), MessageId::tap_card);
    insert();
    const auto identify = expect<wire::Identify>(card_worker);
    ASSERT_TRUE(card_worker.send(says(identify.request)));
    EXPECT_EQ(verdict(without).outcome, Outcome::denied) << "nobody set one";
    auto hash = crypto::slow_hash(bytes("correct horse battery").span(), rng, 14);
    ASSERT_TRUE(store->give_secret({tanaka, SecretUse::password, {}, {}, std::move(*hash), {}}, by));
    for (const bool right : {false, true}) {
        Channel client = log_in();
        const auto again = expect<wire::Identify>(card_worker);
        ASSERT_TRUE(card_worker.send(says(again.request)));
        const auto asked = expect<wire::Prompt>(client);
        ASSERT_EQ(asked.id, MessageId::enter_password);
        ASSERT_TRUE(client.send(wire::Answer{asked.serial, wire::AnswerStatus::given,
                                             bytes(right ? "correct horse battery" : "wrong horse battery")}));
        const auto challenge = expect<wire::SignChallenge>(card_worker);
        EXPECT_TRUE(challenge.pin.empty()) << "a password never reaches a card";
        ASSERT_TRUE(card_worker.send(wire::SignedChallenge{challenge.request, {1}}));
        EXPECT_EQ(verdict(client).outcome, right ? Outcome::granted : Outcome::denied);
        EXPECT_EQ(last(), right ? "granted:card+password" : "password_wrong");
    }
}

}  // namespace
}  // namespace sekimori::daemon
