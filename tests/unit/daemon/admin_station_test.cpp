// SPDX-License-Identifier: Apache-2.0
// The enrolment station: who lacks what, and what one administrator's two factors open for it.
#include "daemon/admin/station.hpp"

#include "daemon/admin/command.hpp"
#include "tests/unit/daemon/auth_rig.hpp"

namespace sekimori::daemon {
namespace {

class AdminStation : public AuthRig {
  protected:
    void SetUp() override {
        AuthRig::SetUp();
        NewPerson person;
        person.login = "kanri";
        person.name = "管理 者";
        person.accounts = {{"sato", "local", 1002}};
        person.role = Role::administrator;
        administrator = *store->add_person(std::move(person), by);
        fresh = add_person("shinjin");
        broker->config.lab = LabMode::off;
    }
    void TearDown() override {
        runs.clear();
        AuthRig::TearDown();
    }
    void lease(const std::string& caller, Millis until = std::chrono::hours{1}) {
        broker->stations.push_back({caller, administrator, clock.at.boottime + until});
    }
    // Whether the verb runs at once for this caller, without anybody's card.
    bool runs_at_once(const std::string& verb, const Json& arguments, const std::string& caller) {
        auto pair = *Channel::pair();
        runs.push_back(std::make_unique<CommandRun>(
            *broker, *find_command(verb), arguments.dump(), std::move(pair.first), UniqueFd(),
            CommandCaller{4711, 1, caller},
            [this](CommandRun* one) { runs.remove_if([&](const auto& other) { return other.get() == one; }); }));
        settle();
        const auto first = pair.second.receive(std::nullopt);
        const auto prompt =
            first ? wire::decode<wire::Prompt>(first->span()) : Result<wire::Prompt>(fail(ErrorCode::io, ""));
        runs.clear();
        settle();
        return !prompt || prompt->id != MessageId::intent_notice;
    }
    static Json finger(const std::string& login, const std::string& name) {
        return {{"login", login}, {"finger", name}, {"accept_notice", true}};
    }
    PersonId administrator, fresh;
    std::list<std::unique_ptr<CommandRun>> runs;
};

TEST_F(AdminStation, WhoLacksWhat) {
    Arguments none("{}");
    const Reply queue = enrol_queue(*broker, none);
    ASSERT_TRUE(queue);
    ASSERT_EQ((*queue)["items"].size(), 2U);  // not tanaka, who has both
    EXPECT_EQ((*queue)["items"][1]["login"], "shinjin");
    EXPECT_EQ((*queue)["items"][1]["card"], true);
    EXPECT_EQ((*queue)["items"][1]["fingers_needed"], 2);
    EXPECT_EQ((*queue)["sensor"], "virtual_image");
}

TEST_F(AdminStation, FingersOfAnotherKindOfSensorAreNone) {
    const auto enrolled = store->fingers_of(tanaka);
    const auto person = *store->person(tanaka);
    wire::Scanner other;
    other.driver = "goodixmoc";
    const Lack lack = lack_of(person, store->cards_of(tanaka), enrolled, {other});
    EXPECT_FALSE(lack.card);
    EXPECT_EQ(lack.fingers, 2U);
    EXPECT_TRUE(lack.unusable);
    EXPECT_FALSE(lack_of(person, store->cards_of(tanaka), enrolled, {}).any());
}

TEST_F(AdminStation, ALeaseServesItsCallerOnly) {
    EXPECT_FALSE(runs_at_once("card.enrol", {{"login", "shinjin"}}, ":1.7"));
    lease(":1.7");
    EXPECT_TRUE(runs_at_once("card.enrol", {{"login", "shinjin"}}, ":1.7"));
    EXPECT_TRUE(runs_at_once("finger.enrol", finger("shinjin", "right-thumb"), ":1.7"));
    EXPECT_FALSE(runs_at_once("card.enrol", {{"login", "shinjin"}}, ":1.8"));
    EXPECT_FALSE(runs_at_once("card.enrol", {{"login", "shinjin"}}, ""));
}

// What people have stays theirs: no second card, no finger in another's place, nothing but enrolment.
TEST_F(AdminStation, ALeaseGivesOnlyWhatIsLacking) {
    lease(":1.7");
    EXPECT_FALSE(runs_at_once("card.enrol", {{"login", "tanaka"}}, ":1.7"));
    EXPECT_FALSE(runs_at_once("finger.enrol", finger("tanaka", "right-thumb"), ":1.7"));
    (void)add_finger(fresh, "right-thumb", "template");
    EXPECT_FALSE(runs_at_once("finger.enrol", finger("shinjin", "right-thumb"), ":1.7"));
    EXPECT_TRUE(runs_at_once("finger.enrol", finger("shinjin", "left-thumb"), ":1.7"));
    EXPECT_FALSE(runs_at_once("person.remove", {{"login", "shinjin"}}, ":1.7"));
    EXPECT_FALSE(runs_at_once("card.enrol", {{"login", "nobody"}}, ":1.7"));
}

// Who administers opens everything: their factors are not given by whoever sits at a station that was left open.
TEST_F(AdminStation, ALeaseMakesNoAdministrator) {
    lease(":1.7");
    EXPECT_FALSE(runs_at_once("card.enrol", {{"login", "kanri"}}, ":1.7"));
    EXPECT_FALSE(runs_at_once("finger.enrol", finger("kanri", "right-thumb"), ":1.7"));
}

TEST_F(AdminStation, ALeaseEndsByTimeAndWithItsAdministrator) {
    lease(":1.7", std::chrono::seconds{1});
    clock.at.boottime += std::chrono::seconds{2};
    EXPECT_FALSE(runs_at_once("card.enrol", {{"login", "shinjin"}}, ":1.7"));
    lease(":1.9");
    ASSERT_TRUE(store->suspend_person(administrator, by));
    EXPECT_FALSE(runs_at_once("card.enrol", {{"login", "shinjin"}}, ":1.9"));
}

}  // namespace
}  // namespace sekimori::daemon
