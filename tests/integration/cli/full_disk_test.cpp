// SPDX-License-Identifier: Apache-2.0
// A full disk at a workstation where administrators prove who they are, as they do everywhere but in a lab: nobody is
// let in, and a lost card dies all the same, for good.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <fstream>

#include "tests/integration/cli/lab.hpp"

namespace sekimori::cli_test {
namespace {

using nlohmann::json;

class CliFullDisk : public ::testing::Test {
  protected:
    static constexpr unsigned kVictim = 1, kChief = 3;
    // The reserve for denials is there already, and ends here; the database's log may not grow beyond it.
    static constexpr rlim_t kReserve = 1 << 20;

    // Two fingers and a card.
    std::string equip(const std::string& login, unsigned seed) {
        EXPECT_EQ(lab.sekimori({"person", "add", login, "--name", "Name of " + login}).code, 0);
        std::string card = lab.new_card(login, "piv");
        const auto inserted = lab.insert(card);
        EXPECT_EQ(lab.sekimori({"enrol", "card", login}).code, 0);
        EXPECT_EQ(lab.enrol_finger(login, "left-thumb", seed).code, 0);
        EXPECT_EQ(lab.enrol_finger(login, "right-thumb", seed + 1).code, 0);
        return card;
    }
    std::string log_in(const std::string& card) const {
        const auto inserted = lab.insert(card);
        return lab.log_in("login", "victim", kVictim);
    }
    void limit(rlim_t size) const {
        const rlimit both{size, RLIM_INFINITY};
        ASSERT_EQ(prlimit(lab.pid_of("broker"), RLIMIT_FSIZE, &both, nullptr), 0);
    }
    json last_event() const { return lab.sekimori({"audit", "list", "--last", "1"}).json["items"][0]["seq"]; }
    // With policies first, then with the smallest there is, until not even an event fits any more.
    void fill() const {
        limit(kReserve);
        std::string services;
        for (int i = 0; i < 60; ++i) services += (i == 0 ? "\"a-" : ",\"a-") + std::to_string(i) + "-abcdefghijkl\"";
        const std::string file = lab.folder() + "/filler";
        std::ofstream(file) << R"({"rules":[{"allow":["card+finger"]}],"unattended":[)" << services << "]}";
        int rounds = 0;
        while (lab.sekimori({"policy", "load", file}).code == 0) ASSERT_LT(++rounds, 500) << "it does not get full";
        for (json before = last_event();; before = last_event()) {
            (void)lab.sekimori({"person", "unlock", "victim"});
            if (last_event() == before) break;
            ASSERT_LT(++rounds, 1000) << "it does not get full";
        }
    }
    void restart() const {
        ASSERT_EQ(kill(lab.pid_of("broker"), SIGKILL), 0);
        lab.wait_until_ready();
        const auto scanner = [&] { return lab.sekimori({"status"}).json["scanners"][0]["state"]; };
        while (scanner() != "ready") {
        }
    }
    int run_finger(const std::vector<std::string>& arguments) const {
        return lab.start("sekimori-lab-finger", arguments)->exit_code();
    }
    // The administrator's card, and a finger when it is asked for.
    Answer act(const std::vector<std::string>& arguments, unsigned finger) {
        const auto inserted = lab.insert(chief);
        std::vector<std::string> line = arguments;
        line.emplace_back("--json");
        // Drawn before it is asked for: that takes longer than the scanner waits.
        const std::string image = lab.folder() + "/press.pgm";
        EXPECT_EQ(run_finger({"render", "--seed", std::to_string(finger), "--press", std::to_string(++presses),
                              "--cache", lab.folder() + "/fingers", "--out", image}),
                  0);
        const auto command = lab.watch(line);
        Answer answer;
        for (std::string said; !(said = command->line()).empty();) {
            answer.out += said;
            if (said.starts_with("Now place"))
                EXPECT_EQ(run_finger({"image", image, "--socket", lab.folder() + "/finger.sock"}), 0);
            if (said.starts_with("{")) answer.json = json::parse(said, nullptr, false);
        }
        answer.code = command->exit_code();
        return answer;
    }
    Answer revoke(unsigned finger = kChief) {
        return act({"card", "revoke", "--person", "victim", "--reason", "lost"}, finger);
    }
    std::string state() const {
        const auto cards = lab.sekimori({"card", "list"});
        for (const json& card : cards.json["items"])
            if (card["person"] == "victim") return card["state"];
        return cards.out;
    }

    Lab lab;
    std::string chief;
    unsigned presses{100};
};

TEST_F(CliFullDisk, AnAdministratorRevokesByCardAndFinger) {
    const std::string card = equip("victim", kVictim);
    chief = equip("chief", kChief);
    ASSERT_EQ(lab.sekimori({"person", "role", "chief", "administrator"}).code, 0);
    EXPECT_EQ(log_in(card), "PAM_SUCCESS");
    std::ofstream(lab.folder() + "/conf.d/proves.conf") << "[lab]\nuser=proves\n";
    fill();
    restart();
    limit(kReserve);

    EXPECT_NE(log_in(card), "PAM_SUCCESS") << "no event of it could be kept";
    const auto wrong = revoke(77);
    EXPECT_EQ(wrong.json["error"]["code"], "no_match") << wrong.out;
    EXPECT_EQ(state(), "active");
    const auto given = act({"person", "unlock", "victim"}, kChief);
    EXPECT_EQ(given.json["error"]["code"], "record_failed") << given.out << " nothing is given";

    const auto revoked = revoke();
    ASSERT_EQ(revoked.code, 0) << revoked.out;
    EXPECT_EQ(revoked.json["changed"], true);
    EXPECT_EQ(state(), "revoked");
    restart();
    limit(kReserve);
    EXPECT_EQ(state(), "revoked") << "the disk is full still";
    const auto again = revoke();
    EXPECT_EQ(again.json["changed"], false) << again.out;

    limit(RLIM_INFINITY);
    EXPECT_NE(log_in(card), "PAM_SUCCESS");
    EXPECT_EQ(revoke().json["changed"], false);
    EXPECT_EQ(lab.sekimori({"audit", "verify"}).code, 0);
}

}  // namespace
}  // namespace sekimori::cli_test
