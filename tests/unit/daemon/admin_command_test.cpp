// SPDX-License-Identifier: Apache-2.0
// Whose turn a writing verb takes: before an administrator has shown card and finger, nobody's but its caller's.
#include "daemon/admin/command.hpp"

#include "daemon/admin/verbs.hpp"

#include "tests/unit/daemon/auth_rig.hpp"

namespace sekimori::daemon {
namespace {

class Waiting final : public CommandTask {};

class AdminCommand : public AuthRig {
  protected:
    void SetUp() override {
        AuthRig::SetUp();
        kanri = administrator("kanri", 2);
        ran = 0;
    }
    PersonId administrator(const std::string& login, std::uint8_t card_number, Role role = Role::administrator) {
        NewPerson person;
        person.login = login;
        person.name = "管理 者";
        person.accounts = {{"sato", "local", 1002}};
        person.role = role;
        const auto id = store->add_person(std::move(person), by);
        EXPECT_TRUE(id) << id.error();
        (void)add_finger(*id, "right-index-finger", "template");
        (void)add_finger(*id, "left-index-finger", "template");
        (void)add_card(*id, card_number);
        return *id;
    }
    void take_card(std::uint32_t counter = 1) {
        ASSERT_TRUE(card_worker.send(wire::CardAbsent{"one", counter}));
        settle();
    }
    void TearDown() override {
        runs.clear();
        AuthRig::TearDown();
    }
    static Reply answer(CommandRun& run, Arguments&) {
        ++ran;
        actor = run.actor();
        return Json::object();
    }
    static std::unique_ptr<CommandTask> wait(CommandRun&, Arguments&) {
        ++ran;
        return std::make_unique<Waiting>();
    }
    Channel command(Broker& with, uid_t uid, const CommandVerb& verb) {
        auto pair = *Channel::pair();
        runs.push_back(std::make_unique<CommandRun>(
            with, verb, "{}", std::move(pair.first), UniqueFd(), CommandCaller{uid, 1},
            [this](CommandRun* one) { runs.remove_if([&](const auto& other) { return other.get() == one; }); }));
        settle();
        return std::move(pair.second);
    }
    Channel command(uid_t uid, const CommandVerb& verb) { return command(*broker, uid, verb); }
    // What it ends with, whatever it says before: "done" or the code of its refusal.
    std::string end_of(Channel& client) {
        for (;;) {
            settle();
            const auto bytes = client.receive(std::nullopt);
            if (!bytes) return "no end";
            const auto end = wire::decode<wire::CommandDone>(bytes->span());
            if (!end) continue;
            if (end->result == wire::CommandResult::done) return "done";
            return Json::parse(end->json).value("code", "");
        }
    }
    Channel log_in() {
        Channel client = connect();
        EXPECT_TRUE(client.send(begin("login")));
        settle();
        return client;
    }
    void show_card_and_finger(std::uint8_t card_number = 2, std::uint32_t counter = 1) {
        insert("one", counter);
        const auto identify = expect<wire::Identify>(card_worker);
        ASSERT_TRUE(card_worker.send(says(identify.request, card_number)));
        const auto challenge = expect<wire::SignChallenge>(card_worker);
        ASSERT_TRUE(card_worker.send(wire::SignedChallenge{challenge.request, {1}}));
        ASSERT_TRUE(finger_worker.send(wire::FingerMatched{arm(), 0}));
        settle();
    }

    static constexpr uid_t kSomebody = 54321;  // neither root nor who runs the test
    static constexpr CommandVerb kQuick{"person.add", Right::enrol, Devices::not_needed, answer, nullptr};
    static constexpr CommandVerb kPassphrase{"backup", Right::administer, Devices::not_needed, nullptr, wait};
    static constexpr CommandVerb kEnrol{"card.enrol", Right::enrol, Devices::needed, nullptr, wait};
    static constexpr CommandVerb kRestore{"restore", Right::administer, Devices::not_needed, answer, nullptr};
    static constexpr CommandVerb kFour{"card.reinstate", Right::policy, Devices::not_needed,
                                       answer,           nullptr,       eyes_always};
    inline static int ran{0};
    inline static Actor actor;
    PersonId kanri;
    std::list<std::unique_ptr<CommandRun>> runs;
};

TEST_F(AdminCommand, RunsAfterCardAndFingerOfAnAdministrator) {
    Channel client = command(kSomebody, kQuick);
    EXPECT_EQ(ran, 0);
    show_card_and_finger();
    EXPECT_EQ(end_of(client), "done");
    EXPECT_EQ(ran, 1);
}

TEST_F(AdminCommand, NobodyElsesCardWillDo) {
    Channel client = command(kSomebody, kQuick);
    insert();
    const auto identify = expect<wire::Identify>(card_worker);
    ASSERT_TRUE(card_worker.send(says(identify.request, 1)));
    EXPECT_EQ(end_of(client), "not_permitted");
    EXPECT_EQ(ran, 0);
}

// Somebody leaves a command running; the administrator comes and puts the card down for a login.
TEST_F(AdminCommand, ALoginTakesTheTurnOfACommandThatProvedNothing) {
    Channel client = command(kSomebody, kQuick);
    Channel login = log_in();
    EXPECT_EQ(end_of(client), "busy");
    EXPECT_EQ(prompt(login), MessageId::tap_card);
    insert();
    (void)expect<wire::Identify>(card_worker);
    EXPECT_EQ(ran, 0);
}

TEST_F(AdminCommand, ALoginThatComesLaterGoesFirst) {
    Channel first = log_in();
    EXPECT_EQ(prompt(first), MessageId::tap_card);
    Channel client = command(kSomebody, kQuick);
    Channel second = log_in();
    first = Channel();
    settle();
    EXPECT_EQ(prompt(second), MessageId::tap_card);
    second = Channel();
    settle();
    show_card_and_finger();
    EXPECT_EQ(end_of(client), "done");
}

TEST_F(AdminCommand, AUserHasOneAtATime) {
    const Channel first = command(kSomebody, kQuick);
    Channel second = command(kSomebody, kQuick);
    EXPECT_EQ(end_of(second), "busy");
    Channel of_another = command(kSomebody + 1, kQuick);
    EXPECT_EQ(end_of(of_another), "no end") << "it waits";
}

TEST_F(AdminCommand, AnAdministratorAtWorkKeepsTheDevices) {
    Channel client = command(kSomebody, kEnrol);
    show_card_and_finger();
    ASSERT_EQ(ran, 1);
    Channel login = log_in();
    EXPECT_TRUE(silent(login));
    client = Channel();
    (void)expect<wire::Identify>(card_worker);  // the card lies there: the login asks it who it is
}

TEST_F(AdminCommand, NobodyWaitsAtTheDevicesForAPassphrase) {
    const Channel client = command(kSomebody, kPassphrase);
    show_card_and_finger();
    ASSERT_EQ(ran, 1);
    const Channel login = log_in();
    (void)expect<wire::Identify>(card_worker);
}

TEST_F(AdminCommand, ACancelledOneStandsInTheTrail) {
    Channel client = command(kSomebody, kQuick);
    client = Channel();
    settle();
    ASSERT_FALSE(trail().empty());
    EXPECT_EQ(trail().back().event.what, "administer");
    EXPECT_EQ(trail().back().event.reason, "cancelled");
    EXPECT_FALSE(trail().back().event.success);
}

TEST_F(AdminCommand, FourEyesAreTwoAdministratorsCardsAndFingers) {
    const PersonId second = administrator("second", 3);
    Channel client = command(kSomebody, kFour);
    show_card_and_finger();
    EXPECT_EQ(ran, 0) << "one is not enough";
    EXPECT_EQ(end_of(client), "no end");
    take_card();
    show_card_and_finger(3, 2);
    EXPECT_EQ(end_of(client), "done");
    ASSERT_EQ(ran, 1);
    EXPECT_EQ(actor.person, kanri);
    EXPECT_EQ(actor.second, second);
}

TEST_F(AdminCommand, TheSamePersonTwiceIsOne) {
    (void)add_card(kanri, 4);  // another card of the same person
    Channel client = command(kSomebody, kFour);
    show_card_and_finger();
    take_card();
    insert("one", 2);
    const auto identify = expect<wire::Identify>(card_worker);
    ASSERT_TRUE(card_worker.send(says(identify.request, 4)));
    EXPECT_EQ(end_of(client), "same_person");
    EXPECT_EQ(ran, 0);
}

TEST_F(AdminCommand, TheSecondOneIsAnAdministrator) {
    (void)administrator("officer", 3, Role::officer);
    Channel client = command(kSomebody, kFour);
    show_card_and_finger();
    take_card();
    insert("one", 2);
    const auto identify = expect<wire::Identify>(card_worker);
    ASSERT_TRUE(card_worker.send(says(identify.request, 3)));
    EXPECT_EQ(end_of(client), "not_permitted");
    EXPECT_EQ(ran, 0);
}

TEST_F(AdminCommand, TheSecondOnesFingerCounts) {
    (void)administrator("second", 3);
    Channel client = command(kSomebody, kFour);
    show_card_and_finger();
    take_card();
    insert("one", 2);
    const auto identify = expect<wire::Identify>(card_worker);
    ASSERT_TRUE(card_worker.send(says(identify.request, 3)));
    const auto challenge = expect<wire::SignChallenge>(card_worker);
    ASSERT_TRUE(card_worker.send(wire::SignedChallenge{challenge.request, {1}}));
    ASSERT_TRUE(finger_worker.send(wire::FingerNoMatch{arm()}));
    EXPECT_EQ(end_of(client), "no_match");
    EXPECT_EQ(ran, 0);
}

// Between the first one's finger and the second one's there is time for a report.
TEST_F(AdminCommand, WhoIsSuspendedOrDemotedMeanwhileIsNoFirstOne) {
    (void)administrator("second", 3);
    const auto attempt = [&](const std::function<void()>& meanwhile, std::uint32_t counter) {
        Channel client = command(kSomebody, kFour);
        show_card_and_finger(2, counter);
        meanwhile();
        take_card(counter);
        show_card_and_finger(3, counter + 1);
        const std::string end = end_of(client);
        take_card(counter + 1);
        return end;
    };
    EXPECT_EQ(attempt([&] { ASSERT_TRUE(store->set_roles(kanri, Roles::of(Role::auditor), by)); }, 1),
              "revoked_meanwhile");
    ASSERT_TRUE(store->set_roles(kanri, Roles::of(Role::administrator), by));
    EXPECT_EQ(attempt(
                  [&] {
                      ASSERT_TRUE(store->suspend_person(kanri, by));
                      broker->denied(kanri, std::nullopt);
                  },
                  3),
              "revoked_meanwhile");
    EXPECT_EQ(ran, 0);
}

TEST_F(AdminCommand, WhatTookOneAndTakesTwoByNowIsNotDone) {
    static bool strict = false;
    strict = false;
    constexpr CommandVerb verb{
        "policy.load", Right::policy, Devices::not_needed,
        answer,        nullptr,       [](const Broker&, Arguments&) { return strict ? Eyes::four : Eyes::two; }};
    Channel client = command(kSomebody, verb);
    strict = true;
    show_card_and_finger();
    EXPECT_EQ(end_of(client), "refused");
    EXPECT_EQ(ran, 0);
}

TEST_F(AdminCommand, EveryVerbNamesARightAndSomeTakeTwo) {
    const auto eyes_of = [&](const char* verb, const char* arguments) {
        const CommandVerb* found = find_command(verb);
        EXPECT_NE(found, nullptr) << verb;
        Arguments read(arguments);
        return found->eyes == nullptr ? Eyes::two : found->eyes(*broker, read);
    };
    EXPECT_EQ(eyes_of("card.reinstate", "{}"), Eyes::four);
    EXPECT_EQ(eyes_of("exempt.add", "{}"), Eyes::four);
    EXPECT_EQ(eyes_of("break-glass.issue", "{}"), Eyes::four_named);
    EXPECT_EQ(eyes_of("card.revoke", "{}"), Eyes::two) << "a denial waits for nobody";
    EXPECT_EQ(eyes_of("person.role", R"({"login":"tanaka","roles":["officer"]})"), Eyes::four);
    EXPECT_EQ(eyes_of("person.role", R"({"login":"tanaka","roles":["administrator"]})"), Eyes::four);
    EXPECT_EQ(eyes_of("person.role", R"({"login":"tanaka","roles":["helpdesk"]})"), Eyes::two);
    EXPECT_EQ(eyes_of("person.role", R"({"login":"kanri","roles":["administrator"]})"), Eyes::two) << "nothing gained";
    EXPECT_EQ(eyes_of("finger.enrol", R"({"login":"kanri"})"), Eyes::four)
        << "somebody else's finger would be that administrator";
    EXPECT_EQ(eyes_of("finger.enrol", R"({"login":"tanaka"})"), Eyes::two);
    EXPECT_EQ(eyes_of("policy.load", R"({"policy":"{\"rules\":[{\"allow\":[\"card+finger\"]}]}"})"), Eyes::two);
    EXPECT_EQ(eyes_of("policy.load", R"({"policy":"{\"rules\":[{\"allow\":[\"card+pin\"]}]}"})"), Eyes::four);
    EXPECT_EQ(eyes_of("person.remove", R"({"login":"kanri"})"), Eyes::four) << "nobody is disarmed by one alone";
    EXPECT_EQ(eyes_of("person.remove", R"({"login":"tanaka"})"), Eyes::two);
    EXPECT_EQ(find_command("setup")->right, Right::administer);
}

// What is as strict as today's would end the stricter one that begins tomorrow.
TEST_F(AdminCommand, APolicyIsComparedWithTheOneThatItTakesOverFrom) {
    ASSERT_TRUE(
        store->load_policy(R"({"rules":[{"allow":["card+finger+pin"]}]})", clock.at.wall + std::chrono::hours{24}, by));
    const auto eyes_from = [&](int hours) {
        const Json arguments{{"policy", R"({"rules":[{"allow":["card+finger"]}]})"},
                             {"from", time_text(clock.at.wall + std::chrono::hours{hours})}};
        Arguments read(arguments.dump());
        return find_command("policy.load")->eyes(*broker, read);
    };
    EXPECT_EQ(eyes_from(12), Eyes::two);
    EXPECT_EQ(eyes_from(48), Eyes::four);
}

// A machine whose disk was replaced has no administrator who could bring the others back.
TEST_F(AdminCommand, RootRestoresIntoAnEmptyLedgerOnly) {
    const TemporaryDirectory elsewhere;
    StoreOptions there;
    there.directory = elsewhere.path();
    auto nothing = Store::open(std::move(there), clock, rng);
    ASSERT_TRUE(nothing) << nothing.error();
    const std::unique_ptr<Broker> fresh(new Broker{broker->config,
                                                   clock,
                                                   rng,
                                                   signatures,
                                                   lite_s,
                                                   keys,
                                                   accounts,
                                                   **nothing,
                                                   *cards,
                                                   *fingers,
                                                   default_policy(),
                                                   "",
                                                   {},
                                                   {},
                                                   {},
                                                   {},
                                                   {},
                                                   {}});
    fresh->config.lab = LabMode::off;
    Channel by_root = command(*fresh, 0, kRestore);
    EXPECT_EQ(end_of(by_root), "done");
    Channel by_another = command(*fresh, kSomebody, kRestore);
    EXPECT_EQ(end_of(by_another), "no end");
    broker->config.lab = LabMode::off;
    Channel not_empty = command(0, kRestore);
    EXPECT_EQ(end_of(not_empty), "no end") << "it asks for an administrator's card";
    EXPECT_EQ(ran, 1);
    broker->config.lab = LabMode::on;
    Channel by_the_lab = command(geteuid(), kRestore);
    EXPECT_EQ(end_of(by_the_lab), "done");
    broker->config.lab_user = LabUser::proves;
    Channel who_proves = command(geteuid(), kRestore);
    EXPECT_EQ(end_of(who_proves), "no end") << "as everywhere else";
    EXPECT_EQ(ran, 2);
    runs.clear();
}

}  // namespace
}  // namespace sekimori::daemon
