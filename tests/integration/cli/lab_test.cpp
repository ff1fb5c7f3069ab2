// SPDX-License-Identifier: Apache-2.0
// Command, broker, workers and software devices together. One lab for all; each test has people and cards of its own.
#include "tests/integration/cli/lab.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace sekimori::cli_test {
namespace {

using nlohmann::json;

class CliLab : public ::testing::Test {
  protected:
    static void SetUpTestSuite() { lab = new Lab(); }
    static void TearDownTestSuite() { delete std::exchange(lab, nullptr); }
    void SetUp() override { name = ::testing::UnitTest::GetInstance()->current_test_info()->name(); }

    json add(const std::string& login, const std::vector<std::string>& options = {}) const {
        std::vector<std::string> line{"person", "add", login, "--name", "Name of " + login};
        line.insert(line.end(), options.begin(), options.end());
        const auto added = lab->sekimori(line);
        EXPECT_EQ(added.code, 0) << added.out;
        return added.json;
    }
    std::string code_of(const Answer& answer) const {
        return answer.json.is_object() && answer.json.contains("error") ? answer.json["error"].value("code", "")
                                                                        : answer.out;
    }
    inline static Lab* lab{nullptr};
    std::string name;
};

TEST_F(CliLab, StatusIsComplete) {
    const auto status = lab->sekimori({"status"});
    ASSERT_EQ(status.code, 0);
    EXPECT_EQ(status.json["schema"], 1);
    EXPECT_EQ(status.json["lab"], true);
    for (const char* key : {"broker", "key_protection", "roots", "witness", "policy"})
        EXPECT_TRUE(status.json.contains(key)) << key;
    EXPECT_EQ(status.json["readers"].size(), 2U);
    ASSERT_EQ(status.json["scanners"].size(), 1U);
    EXPECT_EQ(status.json["scanners"][0]["state"], "ready");
    EXPECT_TRUE(status.json["ledger"]["seq"].is_number());
    EXPECT_TRUE(status.json["ledger"]["hash"].is_string());
}

TEST_F(CliLab, APersonComesAndGoes) {
    const json person = add("comes", {"--account", "one", "--account", "two"});
    EXPECT_EQ(person["accounts"], json({"one", "two"}));
    EXPECT_EQ(person["state"], "active");
    EXPECT_EQ(person["fingers"], json::array());
    EXPECT_TRUE(person["locked_until"].is_null());
    EXPECT_EQ(lab->sekimori({"person", "show", "comes"}).json["id"], person["id"]);
    EXPECT_EQ(code_of(lab->sekimori({"person", "add", "comes", "--name", "Other"})), "exists");
    EXPECT_EQ(lab->sekimori({"person", "unlock", "comes"}).code, 0);
    const auto list = lab->sekimori({"person", "list"});
    EXPECT_TRUE(std::any_of(list.json["items"].begin(), list.json["items"].end(),
                            [](const json& item) { return item["login"] == "comes"; }));
    EXPECT_EQ(lab->sekimori({"person", "remove", "comes"}).code, 0);
    EXPECT_EQ(code_of(lab->sekimori({"person", "remove", "comes"})), "not_found");
    EXPECT_EQ(code_of(lab->sekimori({"person", "show", "nobody"})), "not_found");
}

TEST_F(CliLab, ACardIsEnrolledOnce) {
    add("card-a");
    add("card-b");
    const auto inserted = lab->insert(lab->new_card(name, "piv"));
    const auto card = lab->sekimori({"enrol", "card", "card-a"});
    ASSERT_EQ(card.code, 0) << card.out;
    EXPECT_EQ(card.json["type"], "piv");
    EXPECT_EQ(card.json["slot"], "9e");
    EXPECT_EQ(card.json["strength"], "certificate");
    EXPECT_EQ(card.json["state"], "active");
    EXPECT_EQ(card.json["person"], "card-a");
    EXPECT_EQ(card.json["key"].get<std::string>().size(), 64U);
    EXPECT_EQ(code_of(lab->sekimori({"enrol", "card", "card-b"})), "exists");
    EXPECT_EQ(code_of(lab->sekimori({"enrol", "card", "nobody"})), "not_found");
}

TEST_F(CliLab, AReadersProcessThatIsBeingReplacedIsWaitedFor) {
    add("replaced");
    const auto inserted = lab->insert(lab->new_card(name, "piv"));
    ASSERT_EQ(kill(lab->pid_of("card"), SIGKILL), 0);
    const auto card = lab->sekimori({"enrol", "card", "replaced"});
    EXPECT_EQ(card.code, 0) << card.out << card.err;
}

TEST_F(CliLab, TwoCardsNeedAReadersName) {
    add("two-cards");
    const auto first = lab->insert(lab->new_card(name + "1", "piv"), 0);
    const auto second = lab->insert(lab->new_card(name + "2", "piv"), 1);
    EXPECT_EQ(lab->sekimori({"enrol", "card", "two-cards"}).code, 1);
    const std::string reader = lab->sekimori({"status"}).json["readers"][1]["name"];
    EXPECT_EQ(lab->sekimori({"enrol", "card", "two-cards", "--reader", reader}).code, 0);
}

TEST_F(CliLab, ACardThatDoesNotComeIsATimeout) {
    add("no-card");
    EXPECT_EQ(lab->sekimori({"enrol", "card", "no-card", "--timeout", "1"}).code, 1);
}

TEST_F(CliLab, AMyNumberCardWantsItsPin) {
    add("jpki");
    const auto inserted = lab->insert(lab->new_card(name, "jpki", {"--pin", "1234"}));
    EXPECT_EQ(lab->sekimori({"enrol", "card", "jpki"}).code, 2) << "nobody there to give it";
    EXPECT_EQ(lab->sekimori({"enrol", "card", "jpki"}, "9999\n").code, 1);
    const auto card = lab->sekimori({"enrol", "card", "jpki"}, "1234\n");
    ASSERT_EQ(card.code, 0) << card.out;
    EXPECT_EQ(card.json["type"], "jpki");
    EXPECT_EQ(lab->sekimori({"person", "show", "jpki"}).json["cards"].size(), 1U);
}

TEST_F(CliLab, AnEnrolmentThatIsInterruptedStoresNothing) {
    add("interrupted");
    const std::vector<std::string> line{"enrol", "finger", "interrupted", "--finger", "left-thumb"};
    const auto command = lab->start("sekimori", line);
    EXPECT_EQ(command->line(), "ready\n");
    lab->press(5, 1);
    EXPECT_EQ(command->line(), "stage 1/5\n");
    command->signal(SIGINT);
    EXPECT_EQ(command->exit_code(), 1);
    auto timed = line;
    timed.insert(timed.end(), {"--timeout", "1"});
    EXPECT_EQ(lab->sekimori(timed).code, 1);
    EXPECT_EQ(lab->sekimori({"person", "show", "interrupted"}).json["fingers"], json::array());
}

TEST_F(CliLab, ARevokedCardOpensNothingFromThenOn) {
    add("lost");
    const auto inserted = lab->insert(lab->new_card(name, "piv"));
    const auto card = lab->sekimori({"enrol", "card", "lost"});
    ASSERT_EQ(card.code, 0) << card.out;
    for (const auto& [finger, seed] : {std::pair{"left-thumb", 1U}, {"right-thumb", 2U}}) {
        const auto enrolled = lab->enrol_finger("lost", finger, seed);
        EXPECT_EQ(enrolled.code, 0) << enrolled.out;
        EXPECT_EQ(enrolled.json["event"], "done");
    }
    EXPECT_EQ(lab->log_in("login", "lost", 1), "PAM_SUCCESS");
    const std::string prefix = card.json["key"].get<std::string>().substr(0, 16);
    const auto revoked = lab->sekimori({"card", "revoke", prefix, "--reason", "lost"});
    EXPECT_EQ(revoked.code, 0);
    EXPECT_EQ(revoked.json["changed"], true);
    EXPECT_EQ(lab->log_in("login", "lost", 1), "PAM_AUTH_ERR");
    const auto again = lab->sekimori({"card", "revoke", "--inserted", "--reason", "lost"});
    EXPECT_EQ(again.code, 0);
    EXPECT_EQ(again.json["changed"], false);
    EXPECT_EQ(lab->sekimori({"card", "reinstate", prefix}).code, 1) << "revoked is for good";
    EXPECT_EQ(code_of(lab->sekimori({"card", "revoke", "0123456789abcdef", "--reason", "lost"})), "not_found");
}

TEST_F(CliLab, TheTrailIsListedExportedAndVerified) {
    add("trail");
    const auto list = lab->sekimori({"audit", "list"});
    ASSERT_EQ(list.code, 0);
    ASSERT_FALSE(list.json["items"].empty());
    for (const char* key : {"seq", "time", "boot", "who", "what", "where", "result", "reason", "card", "service"})
        EXPECT_TRUE(list.json["items"][0].contains(key)) << key;
    const auto verified = lab->sekimori({"audit", "verify"});
    EXPECT_EQ(verified.code, 0);
    const std::string head = lab->folder() + "/head";
    std::ofstream(head) << verified.out;
    add("trail-goes-on");
    EXPECT_EQ(lab->sekimori({"audit", "verify", "--head", head}).code, 0);
    std::ofstream(head) << R"({"seq":1,"hash":")" + std::string(64, '0') + R"("})";
    EXPECT_EQ(lab->sekimori({"audit", "verify", "--head", head}).code, 1);
    const auto exported = lab->sekimori({"audit", "export"});
    EXPECT_GT(static_cast<std::size_t>(std::count(exported.out.begin(), exported.out.end(), '\n')),
              list.json["items"].size());
    EXPECT_TRUE(lab->sekimori({"audit", "list", "--since", "2100-01-01"}).json["items"].empty());
}

TEST_F(CliLab, APolicyOfOneKindDoesNotLoad) {
    const std::string file = lab->folder() + "/one-kind";
    std::ofstream(file) << R"({"rules":[{"allow":["card+finger"]},{"allow":["card"]}]})";
    for (const char* verb : {"check", "load"}) {
        const auto answer = lab->sekimori({"policy", verb, file});
        EXPECT_EQ(answer.code, 1);
        EXPECT_NE(answer.out.find("rule 2"), std::string::npos) << answer.out;
    }
    std::ofstream(file) << R"({"rules":[{"allow":["card+finger"]}]})";
    EXPECT_EQ(lab->sekimori({"policy", "check", file}).code, 0);
}

TEST_F(CliLab, ThePolicyInForceIsShownWithItsBeginning) {
    const std::string file = lab->folder() + "/in-force";
    std::ofstream(file) << R"({"rules":[{"service":"login","allow":["card+finger"]},{"allow":["card+finger"]}]})";
    const auto loaded = lab->sekimori({"policy", "load", file});
    ASSERT_EQ(loaded.code, 0) << loaded.out;
    const auto shown = lab->sekimori({"policy", "show"});
    EXPECT_EQ(shown.json["id"], loaded.json["id"]);
    ASSERT_TRUE(shown.json["effective_at"].is_string()) << shown.out;
    EXPECT_EQ(shown.json["policy"]["rules"].size(), 2U);
    std::ofstream(file) << R"({"rules":[{"allow":["card+finger"]}]})";
    EXPECT_EQ(lab->sekimori({"policy", "load", file, "--from", "2099-01-01"}).code, 0);
    EXPECT_EQ(lab->sekimori({"policy", "show"}).json, shown.json) << "the next one has not begun";
}

TEST_F(CliLab, AReturnedCardIsEnrolledAgain) {
    add("gives-back");
    add("gets-it");
    const auto inserted = lab->insert(lab->new_card(name, "piv"));
    const auto first = lab->sekimori({"enrol", "card", "gives-back"});
    ASSERT_EQ(first.code, 0) << first.out;
    EXPECT_EQ(lab->sekimori({"card", "revoke", "--inserted", "--reason", "lost"}).code, 0);
    EXPECT_EQ(code_of(lab->sekimori({"enrol", "card", "gets-it"})), "card_revoked");
    EXPECT_EQ(lab->sekimori({"card", "return", first.json["id"]}).code, 0);
    const auto second = lab->sekimori({"enrol", "card", "gets-it"});
    ASSERT_EQ(second.code, 0) << second.out;
    EXPECT_NE(second.json["id"], first.json["id"]);
    EXPECT_EQ(lab->sekimori({"card", "revoke", second.json["id"], "--reason", "stolen"}).code, 0);
    EXPECT_EQ(code_of(lab->sekimori({"enrol", "card", "gives-back"})), "card_revoked") << "under no id of its past";
}

TEST_F(CliLab, ARestoreLowersNoDenial) {
    add("denied-later");
    const auto inserted = lab->insert(lab->new_card(name, "piv"));
    const auto card = lab->sekimori({"enrol", "card", "denied-later"});
    ASSERT_EQ(card.code, 0);
    const std::string file = lab->folder() + "/backup";
    EXPECT_EQ(lab->sekimori({"backup", file}).code, 2) << "no passphrase";
    EXPECT_FALSE(std::filesystem::exists(file));
    EXPECT_EQ(lab->sekimori({"backup", file}, "correct horse battery\n").code, 0);
    EXPECT_EQ(lab->sekimori({"card", "revoke", "--person", "denied-later", "--reason", "stolen"}).code, 0);
    EXPECT_EQ(lab->sekimori({"restore", file}, "wrong horse battery\n").code, 1);
    EXPECT_EQ(lab->sekimori({"restore", file}, "correct horse battery\n").code, 0);
    const auto list = lab->sekimori({"card", "list"});
    const auto found = std::find_if(list.json["items"].begin(), list.json["items"].end(),
                                    [&](const json& item) { return item["id"] == card.json["id"]; });
    ASSERT_NE(found, list.json["items"].end());
    EXPECT_EQ((*found)["state"], "revoked");
}

TEST_F(CliLab, ABrokerThatIsKilledIsThreeAndNothingIsStored) {
    add("killed");
    const auto command = lab->start("sekimori", {"enrol", "finger", "killed", "--finger", "left-thumb"});
    EXPECT_EQ(command->line(), "ready\n");
    ASSERT_EQ(kill(lab->pid_of("broker"), SIGKILL), 0);
    EXPECT_EQ(command->exit_code(), 3);
    lab->wait_until_ready();
    EXPECT_EQ(lab->sekimori({"person", "show", "killed"}).json["fingers"], json::array());
    EXPECT_EQ(lab->sekimori({"audit", "verify"}).code, 0);
}

}  // namespace
}  // namespace sekimori::cli_test
