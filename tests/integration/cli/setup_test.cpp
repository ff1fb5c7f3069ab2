// SPDX-License-Identifier: Apache-2.0
// The first run, with two people who do what people do: leave a card in the reader, take a finger away, think better of
// it. A lab for each test, since a ledger has its first administrators once.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>

#include "tests/integration/cli/lab.hpp"

namespace sekimori::cli_test {
namespace {

using nlohmann::json;

class CliSetup : public ::testing::Test {
  protected:
    void SetUp() override {
        hanako = lab.new_card("hanako", "piv");
        jiro = lab.new_card("jiro", "piv");
    }
    std::unique_ptr<Process> setup() const {
        return lab.start("sekimori", {"setup", "--yes", "--administrator", "hanako:Hanako", "--administrator",
                                      "jiro:Jiro", "--json"});
    }
    // Fingers are put on whenever they are asked for, up to the end of the `fingers`-th; the line that was last.
    json place(Process& command, unsigned seed, unsigned fingers) {
        json last = json::object();
        while (fingers > 0) {
            const std::string line = command.line();
            if (line.empty()) return last;
            last = json::parse(line, nullptr, false);
            if (!last.is_object()) return {{"line", line}};
            if (!last.contains("event")) return last;
            if (last["event"] == "done")
                --fingers;
            else if (last["stage"] != last["stages"])
                lab.press(seed, ++presses);
        }
        return last;
    }
    void place_all(Process& command, unsigned seed) {
        const json last = place(command, seed, 2);
        EXPECT_EQ(last.value("event", ""), "done") << last;
    }
    json items(const std::string& what) const { return lab.sekimori({what, "list"}).json["items"]; }

    Lab lab;
    std::string hanako, jiro;
    unsigned presses{0};
};

TEST_F(CliSetup, ACardThatWasLeftInIsNotTheSecondAdministrators) {
    auto first = lab.insert(hanako);
    const auto command = setup();
    place_all(*command, 1);
    // Hers is still there while his is waited for.
    const auto second = lab.insert(jiro, 1);
    first.reset();
    place_all(*command, 4);
    const json answer = json::parse(command->line(), nullptr, false);
    EXPECT_EQ(command->exit_code(), 0);
    EXPECT_EQ(answer["administrators"], json({"hanako", "jiro"}));
    for (const json& person : items("person")) EXPECT_EQ(person["fingers"].size(), 2U) << person;
    const json cards = items("card");
    EXPECT_EQ(cards.size(), 2U);
    EXPECT_TRUE(std::all_of(cards.begin(), cards.end(), [](const json& card) { return card["state"] == "active"; }));
}

TEST_F(CliSetup, BrokenOffItLeavesNobodyAndTheCardsAsGoodAsNew) {
    {
        const auto card = lab.insert(hanako);
        const auto command = setup();
        place_all(*command, 1);  // the first one is whole
        command->signal(SIGINT);
        EXPECT_EQ(command->exit_code(), 1);
    }
    EXPECT_EQ(items("person"), json::array());
    const auto first = lab.insert(hanako);
    const auto command = setup();
    place_all(*command, 1);
    const auto second = lab.insert(jiro, 1);
    const std::string line = command->line();  // his card is taken, his finger is asked for
    EXPECT_EQ(json::parse(line, nullptr, false)["event"], "ready") << line;
    EXPECT_EQ(items("person").size(), 2U);
}

TEST_F(CliSetup, ARefusalLeavesNobody) {
    const auto card = lab.insert(hanako);
    const auto command = lab.start("sekimori", {"setup", "--yes", "--administrator", "hanako:Hanako", "--administrator",
                                                "hanako:Again", "--json"});
    place_all(*command, 1);
    EXPECT_EQ(json::parse(command->line(), nullptr, false)["error"]["code"], "exists");
    EXPECT_EQ(command->exit_code(), 1);
    EXPECT_EQ(items("person"), json::array());
}

}  // namespace
}  // namespace sekimori::cli_test
