// SPDX-License-Identifier: Apache-2.0
// A full disk and an administrator who proves both factors: what only takes away goes on, and nothing else does.
#include "daemon/admin/command.hpp"
#include "tests/unit/daemon/auth_rig.hpp"
#include "tests/unit/daemon/full_disk.hpp"

namespace sekimori::daemon {
namespace {

class AdminFullDisk : public AuthRig {
  protected:
    void SetUp() override {
        AuthRig::SetUp();
        NewPerson person;
        person.login = "kanri";
        person.name = "管理 者";
        person.accounts = {{"sato", "local", 1002}};
        person.role = Role::administrator;
        kanri = *store->add_person(std::move(person), by);
        (void)add_finger(kanri, "right-index-finger", "template");
        (void)add_finger(kanri, "left-index-finger", "template");
        admin_card = add_card(kanri, 2);
    }
    void TearDown() override {
        runs.clear();
        AuthRig::TearDown();
    }
    enum class Finger : std::uint8_t { right, wrong };
    // Somebody at the machine starts it; the administrator's card comes, and a finger. "done", or why not.
    std::string run(const char* name, const Json& arguments, Finger finger = Finger::right) {
        auto pair = *Channel::pair();
        runs.push_back(std::make_unique<CommandRun>(
            *broker, *find_command(name), arguments.dump(), std::move(pair.first), UniqueFd(), CommandCaller{54321, 1},
            [this](CommandRun* one) { runs.remove_if([&](const auto& other) { return other.get() == one; }); }));
        settle();
        insert("one", ++visit);
        settle();
        std::string end = show(finger);
        EXPECT_TRUE(card_worker.send(wire::CardAbsent{"one", visit}));
        settle();
        for (auto bytes = pair.second.receive(std::nullopt); bytes; bytes = pair.second.receive(std::nullopt))
            if (const auto done = wire::decode<wire::CommandDone>(bytes->span()))
                end = done->result == wire::CommandResult::done ? "done" : Json::parse(done->json).value("code", "");
        return end;
    }
    void restart() {
        runs.clear();
        settle();
        broker.reset();
        open();
    }
    static Outcome outcome(Channel& login) {
        Outcome told = Outcome::granted;
        while (const auto bytes = login.receive(std::nullopt))
            if (const auto verdict = wire::decode<wire::Verdict>(bytes->span())) told = verdict->outcome;
        return told;
    }
    Json revoke() const { return {{"card", card.hex()}, {"reason", "lost"}}; }
    LockoutState counter() const { return store->lockout({LockoutOf::person, kanri.hex()}); }

    PersonId kanri;
    CardId admin_card;
    std::uint32_t visit{0};
    std::list<std::unique_ptr<CommandRun>> runs;

    std::string show(Finger finger) {
        const auto identify = next<wire::Identify>(card_worker);
        if (!identify) return "no card was asked";
        EXPECT_TRUE(card_worker.send(says(identify->request, 2)));
        const auto challenge = next<wire::SignChallenge>(card_worker);
        if (!challenge) return "the card was not to sign";
        EXPECT_TRUE(card_worker.send(wire::SignedChallenge{challenge->request, {1}}));
        const auto verify = next<wire::Verify>(finger_worker);
        if (!verify) return "no finger was wanted";
        EXPECT_TRUE(finger_worker.send(wire::Armed{verify->request}));
        EXPECT_TRUE(finger == Finger::right ? finger_worker.send(wire::FingerMatched{verify->request, 0}).has_value()
                                            : finger_worker.send(wire::FingerNoMatch{verify->request}).has_value());
        settle();
        return "no end";
    }
    // The next T that is there when all is done that is due; what comes before it is passed over.
    template <class T>
    std::optional<T> next(Channel& from) {
        settle();
        while (const auto bytes = from.receive(std::nullopt))
            if (auto message = wire::decode<T>(bytes->span())) return std::move(*message);
        return std::nullopt;
    }
};

TEST_F(AdminFullDisk, ACardIsRevokedByCardAndFinger) {
    const std::size_t events = trail().size();
    {
        const FullDisk full;
        // Not even the reserve can be written here: it is said, and the card is dead all the same.
        EXPECT_EQ(run("card.revoke", revoke()), "full");
        EXPECT_EQ(store->card(card)->state, CardState::revoked);
        EXPECT_EQ(trail().size(), events);
    }
    EXPECT_EQ(run("card.revoke", revoke()), "done");
    restart();
    EXPECT_EQ(store->card(card)->state, CardState::revoked);
}

TEST_F(AdminFullDisk, NothingIsGiven) {
    ASSERT_TRUE(store->suspend_card(card, by));
    const FullDisk full;
    EXPECT_NE(run("person.unlock", {{"login", "tanaka"}}), "done");
    EXPECT_NE(run("card.return", {{"card", card.hex()}}), "done");
    EXPECT_NE(run("card.reinstate", {{"card", card.hex()}}), "done");
    EXPECT_NE(run("person.remove", {{"login", "tanaka"}}), "done");
    EXPECT_EQ(store->card(card)->state, CardState::suspended);
    EXPECT_EQ(store->person(tanaka)->state, PersonState::active);
}

TEST_F(AdminFullDisk, NobodyIsLetIn) {
    const FullDisk full;
    EXPECT_EQ(run("card.suspend", {{"card", card.hex()}}), "full");
    Channel login = connect();
    ASSERT_TRUE(login.send(begin("login", "sato")));
    settle();
    insert("one", ++visit);
    EXPECT_EQ(show(Finger::right), "no finger was wanted");
    EXPECT_NE(outcome(login), Outcome::granted);
}

TEST_F(AdminFullDisk, AWrongFingerCountsAndARightOneTakesBackNoOthers) {
    const FullDisk full;
    EXPECT_EQ(run("card.revoke", revoke(), Finger::wrong), "no_match");
    EXPECT_EQ(counter().charged, 1U);
    EXPECT_EQ(store->card(card)->state, CardState::active);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(run("card.revoke", revoke()), "full") << i;
    EXPECT_EQ(counter().charged, 1U) << "neither locked by what was right, nor forgiven what was wrong";
}

TEST_F(AdminFullDisk, FiveGuessesLock) {
    const FullDisk full;
    for (int i = 0; i < 5; ++i) EXPECT_EQ(run("card.revoke", revoke(), Finger::wrong), "no_match") << i;
    EXPECT_EQ(run("card.revoke", revoke()), "locked_out");
    EXPECT_EQ(store->card(card)->state, CardState::active);
}

TEST_F(AdminFullDisk, WhatWasHeldIsWrittenWithTheNextEvent) {
    {
        const FullDisk full;
        for (int i = 0; i < 3; ++i) EXPECT_EQ(run("card.revoke", revoke(), Finger::wrong), "no_match") << i;
    }
    ASSERT_TRUE(store->append(event("later")));
    restart();
    EXPECT_EQ(counter().charged, 3U);
    EXPECT_EQ(store->lockout({LockoutOf::caller, "uid:54321"}).charged, 3U);
}

}  // namespace
}  // namespace sekimori::daemon
