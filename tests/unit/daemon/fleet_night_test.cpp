// SPDX-License-Identifier: Apache-2.0
// The verbs of the night, from the command to the outbox: card.suspend at the help desk, card.confirm at an officer's
// terminal, fleet.extend and fleet.take.
#include <sys/mman.h>
#include <unistd.h>

#include <list>

#include "daemon/admin/command.hpp"
#include "daemon/admin/json.hpp"
#include "tests/unit/daemon/fleet_rig.hpp"

namespace sekimori::daemon {
namespace {

class Night : public FleetRig {
  protected:
    void SetUp() override {
        FleetRig::SetUp();
        broker->config.lab = LabMode::on;  // who runs the test administers
        PersonBody somebody;
        somebody.groups = {mine.group};
        ASSERT_TRUE(world.place(world.say(world.authority, StatementType::person, id_of<PersonId>(1).bytes, somebody)));
        for (std::uint8_t n = 1; n <= 8; ++n) {
            CardBody body;
            body.person = id_of<PersonId>(1);
            body.type = CardType::piv;
            body.key = key(n);
            ASSERT_TRUE(world.place(world.say(world.authority, StatementType::card, Bytes(16, n), body)));
        }
    }
    void TearDown() override {
        runs.clear();
        FleetRig::TearDown();
    }
    void become(AdminRole role) {
        world.delegate(mine.sign, role);
        catch_up();
    }
    Channel start_command(const char* verb, const Json& arguments, UniqueFd file = UniqueFd()) {
        auto pair = *Channel::pair();
        runs.push_back(std::make_unique<CommandRun>(
            *broker, *find_command(verb), arguments.dump(), std::move(pair.first), std::move(file),
            CommandCaller{geteuid(), 1},
            [this](CommandRun* one) { runs.remove_if([&](const auto& other) { return other.get() == one; }); }));
        settle();
        return std::move(pair.second);
    }
    // The answer, {"code"…} of a refusal, or null while there is none.
    Json end_of(Channel& client) {
        for (;;) {
            settle();
            const auto bytes = client.receive(std::nullopt);
            if (!bytes) return nullptr;
            if (const auto end = wire::decode<wire::CommandDone>(bytes->span())) return Json::parse(end->json);
        }
    }
    Json run(const char* verb, const Json& arguments, UniqueFd file = UniqueFd()) {
        Channel client = start_command(verb, arguments, std::move(file));
        return end_of(client);
    }
    Json suspend_card(std::uint8_t n) { return run("card.suspend", {{"card", id_of<CardId>(n).hex()}, {"wait", 0}}); }
    Json listed(std::uint8_t n) { return json_of(*broker, *store->card(id_of<CardId>(n))); }
    Verified by_desk(std::uint8_t n) {
        return world.say(desk, StatementType::suspend, Bytes(16, n),
                         ActBody{sekimori::Target::card, std::nullopt, DenyReason::none, {id_of<PersonId>(9), "desk"}});
    }
    static UniqueFd file_of(ByteSpan bytes) {
        UniqueFd file(memfd_create("test", MFD_CLOEXEC));
        EXPECT_EQ(write(file.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
        return file;
    }
    crypto::SigningKey desk = test::make_key();
    std::list<std::unique_ptr<CommandRun>> runs;
};

TEST_F(Night, TheHelpDesksSixthSuspensionOfAnHourIsToldWhenItMayBe) {
    become(AdminRole::helpdesk);
    for (std::uint8_t n = 1; n <= 5; ++n) {
        EXPECT_EQ(suspend_card(n).value("changed", false), true) << int{n};
        EXPECT_EQ(listed(n).value("unconfirmed", false), true);
    }
    const Json refused = suspend_card(6);
    EXPECT_EQ(refused.value("code", ""), "refused");
    EXPECT_NE(refused.value("message", "").find(time_text(clock.at.wall + std::chrono::hours{1})), std::string::npos)
        << refused;
    EXPECT_EQ(store->card(id_of<CardId>(6))->state, CardState::active);
    EXPECT_FALSE(listed(6).contains("unconfirmed"));
    EXPECT_EQ(suspend_card(1).value("changed", true), false) << "what is so already is no further one";
    EXPECT_EQ(fleet_json(*broker)["unconfirmed"], 5);
    EXPECT_EQ(run("card.revoke", {{"card", id_of<CardId>(6).hex()}, {"reason", "lost"}, {"wait", 0}}).value("code", ""),
              "refused");
}

TEST_F(Night, AnOfficerConfirmsAndIsAnsweredWithTheEntry) {
    world.delegate(desk, AdminRole::helpdesk);
    ASSERT_TRUE(world.place(by_desk(1)));
    become(AdminRole::officer);
    ASSERT_EQ(listed(1).value("unconfirmed", false), true);
    const Json card{{"card", id_of<CardId>(1).hex()}};
    EXPECT_EQ(run("card.confirm", {{"card", id_of<CardId>(2).hex()}}).value("code", ""), "refused") << "not suspended";
    EXPECT_EQ(run("card.confirm", {{"card", "nobody's"}}).value("code", ""), "not_found");
    EXPECT_EQ(run("card.confirm", card).value("code", ""), "unavailable") << "it needs its entry";

    up();
    Channel client = start_command("card.confirm", card);
    const auto submit = expect<wire::Submit>();
    EXPECT_TRUE(end_of(client).is_null());
    const auto said = decode_tlv<SignedStatement>(submit.sealed);
    ASSERT_TRUE(said);
    EXPECT_EQ(said->type, StatementType::confirm);
    ASSERT_TRUE(world.place(*said));
    say_entry(world.links.back());
    const Json done = end_of(client);
    EXPECT_EQ(done.value("changed", false), true) << done;
    EXPECT_FALSE(done["cards"][0].contains("unconfirmed"));
    EXPECT_EQ(done["cards"][0]["state"], "suspended");
    EXPECT_EQ(run("card.confirm", card).value("changed", true), false);
    EXPECT_EQ(fleet_json(*broker)["unconfirmed"], 0);
    EXPECT_EQ(recorded("card.confirm"), 2U) << "the one that could not be, and the one that was";
}

TEST_F(Night, WhoSuspendedConfirmsNothing) {
    become(AdminRole::helpdesk);
    ASSERT_EQ(suspend_card(1).value("changed", false), true);
    EXPECT_EQ(run("card.confirm", {{"card", id_of<CardId>(1).hex()}}).value("code", ""), "refused");
    EXPECT_EQ(fleet_json(*broker)["unconfirmed"], 1);
}

TEST_F(Night, StatusSaysWhichAgeCountsAndWhoSaysSo) {
    catch_up();
    EXPECT_EQ(fleet_json(*broker)["offline"], Json::parse(R"({"max_hours":24,"past":"deny","certificate_hours":0,
        "from":"policy","without_effect":[]})"));
    load_policy(R"({"max_hours":12,"past":"certificate","certificate_hours":10})");
    broker->config.offline = {std::chrono::hours{72}, PastMax::certificate, Millis{0}};
    EXPECT_EQ(fleet_json(*broker)["offline"], Json::parse(R"({"max_hours":12,"past":"certificate",
        "certificate_hours":10,"from":"policy","without_effect":["max_offline_hours","certificate_hours"]})"));
    load_policy(R"({"max_hours":12})");
    broker->config.offline = {std::chrono::hours{4}, PastMax::certificate, {}};
    EXPECT_EQ(fleet_json(*broker)["offline"]["without_effect"], Json({"past_max"}));
}

TEST_F(Night, AnExtensionGoesByFileFromOneTerminalToAnother) {
    become(AdminRole::officer);
    ASSERT_EQ(beat(world.links.size(), clock.at.wall).value(), Heard::taken);
    const Json mine_for{{"terminal", "desk 1"}, {"hours", 48}};
    EXPECT_EQ(run("fleet.extend", mine_for).value("code", ""), "unavailable");
    EXPECT_EQ(run("fleet.extend", {{"terminal", "nowhere"}, {"hours", 4}}).value("code", ""), "not_found");
    EXPECT_EQ(run("fleet.extend", {{"group", "nowhere"}, {"hours", 4}}).value("code", ""), "not_found");
    EXPECT_EQ(run("fleet.extend", {{"hours", 4}}).value("code", ""), "invalid_argument");
    EXPECT_EQ(run("fleet.extend", {{"terminal", "desk 1"}, {"hours", 73}}).value("code", ""), "invalid_argument");

    // With the server away: the answer waits for nothing.
    UniqueFd file(memfd_create("test", MFD_CLOEXEC));
    UniqueFd kept(dup(file.get()));
    const Json said = run("fleet.extend", {{"group", mine.group.hex()}, {"hours", 48}}, std::move(file));
    EXPECT_EQ(said.value("until", ""), time_text(clock.at.wall + std::chrono::hours{48})) << said;
    clock.at.wall += std::chrono::hours{30};
    clock.at.boottime += std::chrono::hours{30};
    ASSERT_EQ(store->opens(), Opens::nothing);

    EXPECT_EQ(run("fleet.take", Json::object()).value("code", ""), "malformed") << "without a file";
    EXPECT_EQ(run("fleet.take", Json::object(), file_of(Bytes(5000, 1))).value("code", ""), "malformed");
    EXPECT_NE(run("fleet.take", Json::object(), file_of(Bytes{1, 2, 3})).value("code", ""), "");
    const Json taken = run("fleet.take", Json::object(), std::move(kept));
    EXPECT_EQ(taken.value("until", ""), said.value("until", "-")) << taken;
    EXPECT_EQ(store->opens(), Opens::certificate_cards);
    EXPECT_EQ(fleet_json(*broker)["extended_until"], said["until"]);
    EXPECT_EQ(recorded("fleet.take"), 4U);
}

}  // namespace
}  // namespace sekimori::daemon
