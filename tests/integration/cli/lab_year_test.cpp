// SPDX-License-Identifier: Apache-2.0
// The administrator's year with the real broker: the personnel office's table, the trail that is kept for years, the
// report, and a full disk.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <fstream>

#include "tests/integration/cli/lab.hpp"

namespace sekimori::cli_test {
namespace {

using nlohmann::json;

class CliYear : public ::testing::Test {
  protected:
    static void SetUpTestSuite() { lab = new Lab(); }
    static void TearDownTestSuite() { delete std::exchange(lab, nullptr); }
    std::string put(const std::string& name, const std::string& content) const {
        std::ofstream(lab->folder() + "/" + name, std::ios::binary) << content;
        return lab->folder() + "/" + name;
    }
    // Somebody with a card and two fingers. The card lies on the reader as long as what comes back lives.
    std::unique_ptr<Process> equip(const std::string& login) const {
        auto inserted = lab->insert(lab->new_card(login, "piv"));
        EXPECT_EQ(lab->sekimori({"enrol", "card", login}).code, 0);
        EXPECT_EQ(lab->enrol_finger(login, "left-thumb", 1).code, 0);
        EXPECT_EQ(lab->enrol_finger(login, "right-thumb", 2).code, 0);
        return inserted;
    }
    inline static Lab* lab{nullptr};
};

TEST_F(CliYear, TheFirstOfApril) {
    // 職員番号,氏名,所属,ログイン名 / 00101,山田 花子,税務課,yamada / 00102,伊藤,税務課,ito: Shift_JIS, CRLF.
    const std::string heads =
        "\x90\x45\x88\xF5\x94\xD4\x8D\x86,\x8E\x81\x96\xBC,\x8F\x8A\x91\xAE,"
        "\x83\x8D\x83\x4F\x83\x43\x83\x93\x96\xBC";
    const std::string tax = "\x90\xC5\x96\xB1\x89\xDB";
    const std::string table = put("march.csv", heads + "\r\n00101,\x8E\x52\x93\x63 \x89\xD4\x8E\x71," + tax +
                                                   ",yamada\r\n00102,\x88\xC9\x93\xA1," + tax + ",ito\r\n");
    const auto shown = lab->sekimori({"person", "import", table, "--dry-run"});
    ASSERT_EQ(shown.code, 0) << shown.out;
    EXPECT_EQ(shown.json["join"], 2);
    EXPECT_EQ(lab->sekimori({"person", "show", "yamada"}).code, 1) << "a look changes nothing";
    EXPECT_EQ(lab->sekimori({"person", "import", table}).json["applied"], 2);
    EXPECT_EQ(lab->sekimori({"person", "import", table}).json["unchanged"], 2);
    const auto yamada = lab->sekimori({"person", "show", "--staff-number", "００１０１"});
    ASSERT_EQ(yamada.code, 0) << yamada.out;
    EXPECT_EQ(yamada.json["section"], "税務課");
    EXPECT_EQ(lab->sekimori({"person", "show", "--name", "山田花子"}).json["login"], "yamada");
    // The transfer of the coming year is there before its day.
    const auto moved = lab->sekimori(
        {"person", "import",
         put("april.csv", "職員番号,氏名,所属,発令日\n00101,山田 花子,市民課,2099-04-01\n00102,伊藤,市民課,R1.5.1\n")});
    ASSERT_EQ(moved.code, 0) << moved.out;
    EXPECT_EQ(moved.json["move"], 2);
    EXPECT_EQ(lab->sekimori({"person", "show", "yamada"}).json["section"], "税務課");
    EXPECT_EQ(lab->sekimori({"person", "show", "yamada"}).json["planned"]["section"], "市民課");
    EXPECT_EQ(lab->sekimori({"person", "show", "ito"}).json["section"], "市民課");
    const auto wrong = lab->sekimori(
        {"person", "import", put("wrong.csv", "staff_number,login,name\n00101,somebody,X\n00103,sato,佐藤\n")});
    EXPECT_EQ(wrong.code, 1);
    EXPECT_EQ(wrong.json["items"][0]["line"], 2);
    EXPECT_EQ(lab->sekimori({"person", "show", "sato"}).code, 1) << "all or nothing";
}

TEST_F(CliYear, WhoseLastDayIsOverIsLetInNoMoreAndGoes) {
    ASSERT_EQ(lab->sekimori({"person", "add", "leaver", "--name", "退職 者"}).code, 0);
    const auto card = equip("leaver");
    EXPECT_EQ(lab->log_in("login", "leaver", 1), "PAM_SUCCESS");
    const std::string table = put("leaver.csv", "login,name,退職日\nleaver,退職 者,2020-03-31\n");
    ASSERT_EQ(lab->sekimori({"person", "import", table}).json["leave"], 1);
    EXPECT_NE(lab->log_in("login", "leaver", 1), "PAM_SUCCESS");
    // The broker's own calendar, at its start at the latest.
    ASSERT_EQ(kill(lab->pid_of("broker"), SIGKILL), 0);
    lab->wait_until_ready();
    while (lab->sekimori({"person", "show", "leaver"}).code == 0) {
    }
    const auto events = lab->sekimori({"audit", "list", "--what", "person.remove", "--where", "calendar"});
    EXPECT_EQ(events.json["items"].size(), 1U) << events.out;
}

TEST_F(CliYear, AStationKnowsWhoLacksWhat) {
    ASSERT_EQ(lab->sekimori({"person", "add", "lacking", "--name", "不足"}).code, 0);
    const auto list = lab->sekimori({"enrol", "station", "--list"});
    ASSERT_EQ(list.code, 0) << list.out;
    bool found = false;
    for (const json& person : list.json["items"])
        if (person["login"] == "lacking") found = person["card"] == true && person["fingers_needed"] == 2;
    EXPECT_TRUE(found) << list.out;
    EXPECT_EQ(lab->sekimori({"enrol", "station"}).code, 2) << "it serves people at a terminal";
}

TEST_F(CliYear, AnExportIsVerifiedWithoutABroker) {
    for (int i = 0; i < 150; ++i) (void)lab->sekimori({"person", "unlock", "nobody"});
    ASSERT_EQ(lab->sekimori({"person", "add", "exported", "--name", "E"}).code, 0);
    const auto verified = lab->sekimori({"audit", "verify"});
    ASSERT_EQ(verified.code, 0) << verified.out;
    const std::string head = put("head", verified.out);
    for (const char* format : {"jsonl", "csv"}) {
        const auto exported = lab->sekimori({"audit", "export", "--format", format});
        ASSERT_EQ(exported.code, 0);
        const std::string file = put("trail", exported.out);
        const auto good = lab->sekimori({"audit", "verify", "--export", file, "--head", head});
        EXPECT_EQ(good.code, 0) << good.out;
        std::string changed = exported.out;
        changed.replace(changed.find("person.add"), 10, "person.bdd");
        EXPECT_EQ(lab->sekimori({"audit", "verify", "--export", put("changed", changed)}).code, 1);
    }
    const auto filtered = lab->sekimori({"audit", "export", "--what", "person"});
    EXPECT_EQ(lab->sekimori({"audit", "verify", "--export", put("filtered", filtered.out)}).code, 1);
}

TEST_F(CliYear, TheReportKnowsThatALabIsNotCompliant) {
    for (const char* language : {"en", "ja"}) {
        const auto report = lab->sekimori({"report", "--month", "2026-04", "--lang", language});
        ASSERT_EQ(report.code, 0) << report.out << report.err;
        EXPECT_EQ(report.json["finding"], "not_compliant");
        EXPECT_GE(report.json["sections"].size(), 11U);
    }
    EXPECT_EQ(lab->sekimori({"report", "--month", "2026-13"}).code, 2);
}

// Nobody is let in whose event cannot be kept; whoever has to be stopped is stopped, and stays so.
TEST_F(CliYear, AFullDiskRefusesLoginsAndNoDenial) {
    ASSERT_EQ(lab->sekimori({"person", "add", "full", "--name", "F"}).code, 0);
    const auto card = equip("full");
    EXPECT_EQ(lab->log_in("login", "full", 1), "PAM_SUCCESS");
    const pid_t broker = lab->pid_of("broker");
    const auto limit = [&](rlim_t size) {
        const rlimit both{size, RLIM_INFINITY};
        ASSERT_EQ(prlimit(broker, RLIMIT_FSIZE, &both, nullptr), 0);
    };
    limit(1 << 20);  // the reserve for denials is there already, the database's log may not grow beyond that
    const std::string policy = R"({"rules":[{"allow":["card+finger"]}],"unattended":[)";
    std::string filler;
    for (int i = 0; i < 60; ++i) filler += (i == 0 ? "\"service-" : ",\"service-") + std::to_string(i) + "-abcdefgh\"";
    const std::string file = put("filler", policy + filler + "]}");
    int loads = 0;
    while (lab->sekimori({"policy", "load", file}).code == 0) ASSERT_LT(++loads, 500) << "the disk does not get full";
    // Then with the smallest there is, until not even an event fits any more.
    const auto last_event = [&] { return lab->sekimori({"audit", "list", "--last", "1"}).json["items"][0]["seq"]; };
    for (json before = last_event();; before = last_event()) {
        (void)lab->sekimori({"person", "unlock", "full"});
        if (last_event() == before) break;
        ASSERT_LT(++loads, 1000) << "the disk does not get full";
    }
    EXPECT_NE(lab->log_in("login", "full", 1), "PAM_SUCCESS");
    EXPECT_EQ(lab->sekimori({"status"}).code, 0);
    const auto revoked = lab->sekimori({"card", "revoke", "--person", "full", "--reason", "lost"});
    EXPECT_EQ(revoked.code, 0) << revoked.out;
    EXPECT_EQ(revoked.json["changed"], true);
    limit(RLIM_INFINITY);
    ASSERT_EQ(kill(broker, SIGKILL), 0);
    lab->wait_until_ready();
    EXPECT_EQ(lab->sekimori({"card", "revoke", "--person", "full", "--reason", "lost"}).json["changed"], false);
    EXPECT_NE(lab->log_in("login", "full", 1), "PAM_SUCCESS");
    EXPECT_EQ(lab->sekimori({"audit", "verify"}).code, 0);
}

}  // namespace
}  // namespace sekimori::cli_test
