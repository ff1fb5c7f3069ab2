// SPDX-License-Identifier: Apache-2.0
// The administrator's day on the lab, from the command to the PAM stack: codes, exemptions and break-glass let in whom
// they are for, and nobody else; in time, and not again.
#include <gtest/gtest.h>

#include <ctime>
#include <fstream>
#include <memory>
#include <vector>

#include "tests/integration/cli/lab.hpp"

namespace sekimori::cli_test {
namespace {

using nlohmann::json;

class CliFallbacks : public ::testing::Test {
  protected:
    // One each: guesses count against the place as well.
    void SetUp() override { lab = std::make_unique<Lab>(); }

    // Somebody with two fingers.
    void add(const std::string& login, unsigned seed) const {
        ASSERT_EQ(lab->sekimori({"person", "add", login, "--name", "Name of " + login}).code, 0);
        ASSERT_EQ(lab->enrol_finger(login, "left-thumb", seed).code, 0);
        ASSERT_EQ(lab->enrol_finger(login, "right-thumb", seed + 1).code, 0);
    }
    std::string issue(const std::string& login) const {
        const auto issued = lab->sekimori({"code", "issue", login, "--hours", "8", "--reason", "card at home"});
        EXPECT_EQ(issued.code, 0) << issued.out;
        return issued.json.value("code", "");
    }
    // A section of the report for the month that it is in Japan.
    json this_month(const std::string& id) const {
        const auto japan = std::time(nullptr) + 9 * 3600;
        char month[8];
        std::strftime(month, sizeof month, "%Y-%m", std::gmtime(&japan));
        const auto report = lab->sekimori({"report", "--month", month});
        EXPECT_EQ(report.code, 0) << report.out << report.err;
        for (const json& section : report.json["sections"])
            if (section["id"] == id) return section;
        return {};
    }
    static std::string other(std::string code) {
        code.back() = code.back() == 'A' ? 'B' : 'A';
        return code;
    }
    std::unique_ptr<Lab> lab;
};

TEST_F(CliFallbacks, ACodeAndAFingerAndNothingLess) {
    add("forgot", 31);
    EXPECT_EQ(lab->log_in("login", "forgot", 31), "PAM_AUTH_ERR") << "no card, no code";
    const std::string code = issue("forgot");
    EXPECT_EQ(lab->log_in("login", "forgot", 31, code), "PAM_SUCCESS");
    EXPECT_EQ(lab->log_in("login", "forgot", 77, code), "PAM_AUTH_ERR") << "the code alone";
    EXPECT_EQ(lab->log_in("login", "forgot", 31, other(code)), "PAM_AUTH_ERR") << "the finger alone";
    EXPECT_EQ(lab->log_in("sudo", "forgot", 31, code), "PAM_SUCCESS");
    const std::string second = issue("forgot");
    EXPECT_EQ(lab->log_in("login", "forgot", 31, code), "PAM_AUTH_ERR") << "it was replaced";
    EXPECT_EQ(lab->log_in("login", "forgot", 31, second), "PAM_SUCCESS");
    EXPECT_EQ(lab->sekimori({"code", "withdraw", "forgot"}).code, 0);
    EXPECT_EQ(lab->log_in("login", "forgot", 31, second), "PAM_AUTH_ERR") << "it was withdrawn";
}

TEST_F(CliFallbacks, FiveGuessesLock) {
    add("guessed", 41);
    const std::string code = issue("guessed");
    for (int i = 0; i < 5; ++i) EXPECT_EQ(lab->log_in("login", "guessed", 41, other(code)), "PAM_AUTH_ERR");
    EXPECT_EQ(lab->log_in("login", "guessed", 41, code), "PAM_MAXTRIES");
}

TEST_F(CliFallbacks, ThePolicyCanLockThem) {
    add("locked-out", 51);
    const std::string code = issue("locked-out");
    const std::string file = lab->folder() + "/locked";
    std::ofstream(file) << R"({"fallbacks":"locked","rules":[{"allow":["card+finger"]}]})";
    ASSERT_EQ(lab->sekimori({"policy", "load", file}).code, 0);
    EXPECT_EQ(lab->log_in("login", "locked-out", 51, code), "PAM_AUTH_ERR");
    EXPECT_EQ(lab->sekimori({"code", "issue", "locked-out", "--hours", "1", "--reason", "r"}).code, 1);
    std::ofstream(file) << R"({"rules":[{"allow":["card+finger","code+finger"]}]})";
    ASSERT_EQ(lab->sekimori({"policy", "load", file}).code, 0);
    EXPECT_EQ(lab->log_in("login", "locked-out", 51, code), "PAM_SUCCESS");
}

// Two administrators, one after the other at one reader; the ticket is good for one login.
TEST_F(CliFallbacks, BreakGlassTakesTwoAndWorksOnce) {
    for (const auto& [login, seed] : {std::pair{"chief", 61U}, {"deputy", 63U}}) {
        add(login, seed);
        const auto card = lab->insert(lab->new_card(login, "piv"));
        ASSERT_EQ(lab->sekimori({"enrol", "card", login}).code, 0);
        ASSERT_EQ(lab->sekimori({"person", "role", login, "administrator"}).code, 0);
    }
    ASSERT_EQ(lab->sekimori({"person", "add", "stranded", "--name", "Stranded"}).code, 0);
    const auto command = lab->watch({"break-glass", "issue", "stranded", "--reason", "fire", "--json"});
    std::unique_ptr<Process> card;
    unsigned fingers = 0;
    std::string last;
    for (std::string line; !(line = command->line()).empty(); last = line) {
        const bool first = line.find("must tap or insert their card") != std::string::npos;
        if (first || line.find("A second administrator") != std::string::npos) {
            card.reset();
            card = lab->insert(lab->folder() + (fingers == 0 ? "/chief" : "/deputy"));
        }
        if (line.find("Now place a registered finger.") != std::string::npos) {
            lab->press(fingers == 0 ? 61 : 63, 30 + fingers);
            ++fingers;
        }
    }
    ASSERT_EQ(command->exit_code(), 0) << last;
    const json answer = json::parse(last, nullptr, false);
    ASSERT_TRUE(answer.is_object()) << last;
    const std::string code = answer.value("code", "");
    const auto listed = lab->sekimori({"break-glass", "list"});
    EXPECT_EQ(listed.json["items"][0]["by"], "chief");
    EXPECT_EQ(listed.json["items"][0]["second"], "deputy");
    card.reset();
    EXPECT_EQ(lab->log_in("login", "stranded", 99, other(code)), "PAM_AUTH_ERR");
    EXPECT_EQ(lab->log_in("login", "stranded", 99, code), "PAM_SUCCESS");
    EXPECT_EQ(lab->log_in("login", "stranded", 99, code), "PAM_AUTH_ERR") << "it was used";
    EXPECT_EQ(lab->sekimori({"break-glass", "list"}).json["items"][0]["state"], "used");
    EXPECT_EQ(lab->sekimori({"person", "remove", "chief"}).code, 1) << "two administrators remain";
    // And never compliant: the month's report reads what the broker wrote.
    const json sessions = this_month("sessions");
    EXPECT_EQ(sessions["finding"], "not_compliant") << sessions;
    std::vector<std::string> rows;
    for (const json& row : sessions["rows"])
        rows.push_back(row.value("what", "") + " " + row.value("person", "") + " " + row.value("by", ""));
    EXPECT_EQ(rows, (std::vector<std::string>{"break-glass.issue stranded chief", "break-glass.use stranded chief"}));
}

TEST_F(CliFallbacks, AnExemptionPutsThePinInTheFingersPlace) {
    ASSERT_EQ(lab->sekimori({"person", "add", "scarred", "--name", "Scarred"}).code, 0);
    const auto card = lab->insert(lab->new_card("scarred", "jpki", {"--pin", "4649"}));
    ASSERT_EQ(lab->sekimori({"enrol", "card", "scarred"}, "4649\n").code, 0);
    EXPECT_EQ(lab->log_in("login", "scarred", 99, "4649"), "PAM_AUTH_ERR");
    ASSERT_EQ(lab->sekimori({"exempt", "add", "scarred", "--until", "2099-01-01", "--reason", "r"}).code, 1)
        << "within a year";
    const auto today = lab->sekimori({"status"});
    ASSERT_EQ(today.code, 0);
    const auto tomorrow = std::time(nullptr) + 24 * 3600;
    char text[11];
    std::strftime(text, sizeof text, "%Y-%m-%d", std::gmtime(&tomorrow));
    ASSERT_EQ(lab->sekimori({"exempt", "add", "scarred", "--until", text, "--reason", "no ridges"}).code, 0);
    EXPECT_EQ(lab->log_in("login", "scarred", 99, "4649"), "PAM_SUCCESS");
    EXPECT_EQ(lab->log_in("login", "scarred", 99, "1111"), "PAM_AUTH_ERR");
    ASSERT_EQ(lab->sekimori({"exempt", "withdraw", "scarred"}).code, 0);
    EXPECT_EQ(lab->log_in("login", "scarred", 99, "4649"), "PAM_AUTH_ERR");
    const json sessions = this_month("sessions");
    EXPECT_EQ(sessions["finding"], "attention") << sessions;
    ASSERT_EQ(sessions["rows"].size(), 2U) << sessions;
    EXPECT_EQ(sessions["rows"][1]["what"], "exempt.withdraw");
}

}  // namespace
}  // namespace sekimori::cli_test
