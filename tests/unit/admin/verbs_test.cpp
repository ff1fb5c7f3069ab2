// SPDX-License-Identifier: Apache-2.0
// What the person, or the program, gets to see.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/unit/admin/fake_broker.hpp"

namespace sekimori::admin {
namespace {

using test::FakeBroker;
using test::run;

TEST(Verbs, JsonIsPrintedAsItCame) {
    FakeBroker broker;
    const std::string answer = R"({"schema":1,"z":1,"a":[1, 2]})";
    broker.answers = {answer};
    EXPECT_EQ(run(broker, {"status", "--json"}).out, answer + "\n");
    broker.dialogue = [&](Channel& end) { ASSERT_TRUE(end.send(test::done(answer))); };
    EXPECT_EQ(run(broker, {"card", "return", "c", "--json"}).out, answer + "\n");
}

TEST(Verbs, FailuresGoWhereTheyAreLookedFor) {
    FakeBroker broker;
    broker.answers = {refuse("not_found", "No such person.", "See: sekimori person list"),
                      refuse("not_found", "No such person.", "")};
    const auto human = run(broker, {"person", "show", "x"});
    EXPECT_EQ(human.exit, Exit::refused);
    EXPECT_EQ(human.out, "");
    EXPECT_EQ(human.err, "sekimori: No such person.\n  See: sekimori person list\n");
    const auto json = run(broker, {"person", "show", "x", "--json"});
    EXPECT_EQ(json.exit, Exit::refused);
    EXPECT_EQ(parse_json(json.out),
              Json::parse(R"({"error":{"code":"not_found","message":"No such person.","hint":""}})"));
    EXPECT_EQ(json.err, "");
    const auto gone = run(broker, {"person", "list", "--json"});
    EXPECT_EQ(gone.exit, Exit::unreachable);
    EXPECT_EQ(at(at(parse_json(gone.out), "error"), "code"), "unreachable");
}

TEST(Verbs, ARescueCodeIsRootsAndNeverTheLabs) {
    FakeBroker broker;
    broker.answers = {std::string(R"({"schema":1,"lab":true,"rescue":null})")};
    const auto result = run(broker, {"rescue", "renew", "--json"});
    EXPECT_EQ(result.exit, Exit::refused);
    EXPECT_EQ(at(at(parse_json(result.out), "error"), "code"), geteuid() == 0 ? "unsupported" : "refused");
    for (const auto& call : broker.calls) EXPECT_EQ(call.verb, "status");  // nobody's card was asked for
}

TEST(Verbs, StatusSaysWhatBecameOfTheRescueCode) {
    struct Said {
        const char *rescue, *text;
    };
    for (const Said& one : {Said{R"({"state":"used","since":"2026-04-01T00:00:00Z"})", "USED"},
                            {R"({"state":"ready","since":"2026-04-01T00:00:00Z"})", "in its envelope"},
                            {R"({"state":"none","since":null})", "none: sekimori rescue renew"}}) {
        FakeBroker broker;
        broker.answers = {std::string(R"({"schema":1,"readers":[],"scanners":[],"rescue":)") + one.rescue + "}"};
        EXPECT_NE(run(broker, {"status"}).out.find(one.text), std::string::npos) << one.rescue;
    }
}

TEST(Verbs, AnAnswerThatIsNoObjectIsAFailure) {
    for (const char* nonsense : {"", "7", "[]", "{"}) {
        FakeBroker broker;
        broker.answers = {std::string(nonsense)};
        const auto result = run(broker, {"status", "--json"});
        EXPECT_EQ(result.exit, Exit::refused);
        EXPECT_EQ(at(at(parse_json(result.out), "error"), "code"), "malformed");
    }
}

TEST(Verbs, StatusSaysLabInRedAndWhatIsMissing) {
    FakeBroker broker;
    broker.answers = {std::string(R"({"schema":1,"broker":"0.1.0","lab":true,"key_protection":"host","roots":0,
        "witness":null,"readers":[{"name":"Lab reader 0","card":"present"}],"scanners":[],"policy":"default",
        "ledger":{"seq":7,"hash":"abcd"}})")};
    const std::string out = run(broker, {"status"}).out;
    EXPECT_EQ(out.find("\033[31mLAB"), 0U) << out;
    for (const char* part : {"no roots", "none: a cut-off end", "readable from a stolen disk", "7 abcd",
                             "Reader Lab reader 0: card present", "No scanner."})
        EXPECT_NE(out.find(part), std::string::npos) << part << "\n" << out;
    broker.answers = {std::string(R"({"schema":1,"lab":false})")};
    EXPECT_EQ(run(broker, {"status"}).out.find("LAB"), std::string::npos);
}

TEST(Verbs, PromptsStayOutOfTheAnswer) {
    FakeBroker broker;
    broker.dialogue = [](Channel& end) {
        ASSERT_TRUE(end.send(test::prompt(wire::PromptStyle::info, MessageId::tap_card)));
        ASSERT_TRUE(end.send(test::done(R"({"schema":1,"id":"c"})")));
    };
    const auto result = run(broker, {"enrol", "card", "a", "--json"});
    EXPECT_EQ(result.out, "{\"schema\":1,\"id\":\"c\"}\n");
    EXPECT_EQ(result.err, "Tap or insert your staff card.\n");
}

TEST(Verbs, ACommandThatIsRefusedHasNoDialogue) {
    FakeBroker broker;
    broker.refusal = refuse("refused", "You may not do this.");
    EXPECT_EQ(run(broker, {"card", "revoke", "c", "--reason", "lost"}).exit, Exit::refused);
}

class WithFolder : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "sekimori-verbs-XXXXXX").string();
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        folder = name;
    }
    void TearDown() override { std::filesystem::remove_all(folder); }
    std::string put(const char* name, const std::string& text) const {
        std::ofstream(folder / name) << text;
        return (folder / name).string();
    }
    std::filesystem::path folder;
    FakeBroker broker;
};

TEST_F(WithFolder, APolicyTravelsAsItsText) {
    broker.answers = {std::string(R"({"schema":1,"ok":true})"),
                      refuse("refused", "rule 2: card+pin names fewer than two kinds")};
    const std::string file = put("policy", "{\n \"rules\": []}\n");
    EXPECT_EQ(run(broker, {"policy", "check", file}).exit, Exit::done);
    EXPECT_EQ(broker.calls[0].arguments, (Json{{"policy", "{\n \"rules\": []}\n"}}));
    const auto refused = run(broker, {"policy", "check", file});
    EXPECT_EQ(refused.exit, Exit::refused);
    EXPECT_NE(refused.err.find("rule 2"), std::string::npos);
    broker.dialogue = [](Channel& end) { ASSERT_TRUE(end.send(test::done("{}"))); };
    EXPECT_EQ(run(broker, {"policy", "load", file, "--from", "2026-04-01"}).exit, Exit::done);
    EXPECT_EQ(broker.calls[2].arguments["from"], "2026-03-31T15:00:00Z");
    EXPECT_EQ(run(broker, {"policy", "check", (folder / "none").string()}).exit, Exit::refused);
    EXPECT_EQ(run(broker, {"policy", "check", put("binary", "\xff")}).exit, Exit::refused);
    EXPECT_EQ(broker.calls.size(), 3U);
}

TEST_F(WithFolder, ABackupIsWrittenByTheBrokerAndNamedByTheCommand) {
    const std::string file = (folder / "backup").string();
    broker.dialogue = [&](Channel& end) {
        ASSERT_EQ(write(broker.calls.back().file, "sealed", 6), 6);
        ASSERT_TRUE(end.send(test::done(R"({"schema":1,"bytes":6})")));
    };
    const auto result = run(broker, {"backup", file});
    EXPECT_EQ(result.exit, Exit::done) << result.err;
    EXPECT_NE(result.out.find("6 bytes"), std::string::npos);
    EXPECT_EQ(std::filesystem::file_size(file), 6U);
    EXPECT_EQ(run(broker, {"backup", file}).exit, Exit::refused) << "it is there";
    EXPECT_EQ(broker.calls.size(), 1U);
}

TEST_F(WithFolder, AFailedBackupLeavesNoFile) {
    broker.dialogue = [](Channel& end) { ASSERT_TRUE(end.send(test::failed(R"({"code":"full","message":"m"})"))); };
    EXPECT_EQ(run(broker, {"backup", (folder / "backup").string()}).exit, Exit::refused);
    EXPECT_TRUE(std::filesystem::is_empty(folder));
}

TEST_F(WithFolder, ARestoreReadsTheFile) {
    const std::string file = put("backup", "sealed");
    broker.dialogue = [&](Channel& end) {
        char content[8]{};
        ASSERT_EQ(read(broker.calls.back().file, content, sizeof content), 6);
        ASSERT_TRUE(end.send(test::done(R"({"schema":1,"kept_denials":2})")));
    };
    const auto result = run(broker, {"restore", file});
    EXPECT_EQ(result.exit, Exit::done);
    EXPECT_NE(result.out.find("2"), std::string::npos);
    EXPECT_EQ(run(broker, {"restore", (folder / "none").string()}).exit, Exit::refused);
}

TEST_F(WithFolder, ATokenGoesInAFileWithoutAName) {
    std::string token;
    broker.dialogue = [&](Channel& end) {
        char content[64];
        const ssize_t size = pread(broker.calls.back().file, content, sizeof content, 0);
        token.assign(content, static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
        ASSERT_TRUE(end.send(test::done(
            R"({"schema":1,"state":"member","name":"window 3","terminal":"00","opens":"everything","link":"up","terminals":5})")));
    };
    auto result = run(broker, {"fleet", "join", "--token-file", put("token", "SKJ1.secret\n")});
    EXPECT_EQ(result.exit, Exit::done) << result.err;
    EXPECT_EQ(token, "SKJ1.secret\n");
    EXPECT_EQ(broker.calls.back().arguments, Json::parse(R"({"timeout":3600})"));
    EXPECT_NE(result.out.find("window 3"), std::string::npos);
    test::Pipe input;
    input.write("SKJ1.other");
    input.close();
    EXPECT_EQ(run(broker, {"fleet", "join"}, input.read_end.get()).exit, Exit::done);
    EXPECT_EQ(token, "SKJ1.other");
    EXPECT_EQ(run(broker, {"fleet", "join", "--token-file", put("empty", "")}).exit, Exit::usage);
    EXPECT_EQ(run(broker, {"fleet", "leave"}).exit, Exit::usage) << "nobody is there to be asked";
}

// The rows go to the broker in a file, and its report comes back behind them.
TEST_F(WithFolder, PeopleComeFromAFile) {
    std::string rows;
    const std::string change = R"({"line":2,"change":"move","login":"y","name":"山田","section":"市民課",)"
                               R"("staff_number":"00123","before":{"section":"税務課"},)"
                               R"("after":{"section":"市民課","from":"2026-03-31T15:00:00.000Z"}})"
                               "\n";
    const std::string conflict =
        R"({"line":3,"change":"conflict","login":"z","name":"Z","section":"","message":"that is not a login"})"
        "\n";
    broker.dialogue = [&](Channel& end) {
        const int file = broker.calls.back().file;
        char content[1024]{};
        rows.assign(content, static_cast<std::size_t>(pread(file, content, sizeof content, 0)));
        const std::string report = change + conflict;
        ASSERT_EQ(pwrite(file, report.data(), report.size(), static_cast<off_t>(rows.size())),
                  static_cast<ssize_t>(report.size()));
        ASSERT_TRUE(end.send(test::done(
            R"({"schema":1,"join":0,"move":1,"rename":0,"leave":0,"update":0,"unchanged":7,"conflict":1,"applied":0,)"
            R"("not_named":3,"dry_run":true,"refused":false,"report_at":)" +
            std::to_string(rows.size()) + "}")));
    };
    // 山田 and 職員番号 in Shift_JIS; the number in full-width digits.
    const std::string table = put("people.csv",
                                  "\x90\x45\x88\xF5\x94\xD4\x8D\x86,login,name\r\n"
                                  "\x82\x4F\x82\x4F\x82\x50\x82\x51\x82\x52,y,\x8E\x52\x93\x63\r\n,z,Z\r\n");
    const auto result = run(broker, {"person", "import", table, "--dry-run"});
    EXPECT_EQ(result.exit, Exit::done);
    EXPECT_EQ(rows,
              "{\"line\":2,\"login\":\"y\",\"name\":\"山田\",\"staff_number\":\"00123\"}\n"
              "{\"line\":3,\"login\":\"z\",\"name\":\"Z\"}\n");
    EXPECT_EQ(broker.calls[0].arguments, Json::parse(R"({"apply":false,"skip_conflicts":false})"));
    EXPECT_NE(result.out.find("~ y 山田 moves (section: 税務課 -> 市民課) from 2026-04-01 00:00:00 JST on\n"),
              std::string::npos)
        << result.out;
    EXPECT_NE(result.out.find("! line 3: z Z: that is not a login\n"), std::string::npos) << result.out;
    EXPECT_NE(result.out.find("市民課  +0 ~1 -0\n"), std::string::npos) << result.out;
    EXPECT_NE(result.out.find("3 people with a staff number are not in this table"), std::string::npos);
    EXPECT_NE(result.out.find("Nothing was changed."), std::string::npos);
    EXPECT_EQ(parse_json(run(broker, {"person", "import", table, "--dry-run", "--json"}).out)["items"].size(), 2U);
    EXPECT_EQ(run(broker, {"person", "import", table, "--yes", "--dry-run"}).exit, Exit::usage);
}

// Thirty thousand people fit into no message of the bus.
TEST(Pages, BecomeOneList) {
    FakeBroker broker;
    broker.answers = {std::string(R"({"schema":1,"items":[{"login":"a"}],"more":true,"next":"a"})"),
                      std::string(R"({"schema":1,"items":[{"login":"b"}]})")};
    const auto result = run(broker, {"person", "list", "--json"});
    EXPECT_EQ(result.out, "{\"items\":[{\"login\":\"a\"},{\"login\":\"b\"}],\"schema\":1}\n");
    ASSERT_EQ(broker.calls.size(), 2U);
    EXPECT_EQ(broker.calls[1].arguments, Json::parse(R"({"after":"a"})"));
    // One that goes in circles is left.
    const std::string circle = R"({"schema":1,"items":[],"more":true,"next":"a"})";
    broker.answers = {circle, circle, circle};
    EXPECT_EQ(run(broker, {"card", "list"}).exit, Exit::refused);
    broker.answers = {std::string(R"({"schema":1,"items":[],"more":true})")};
    EXPECT_EQ(run(broker, {"card", "list"}).exit, Exit::refused);
}

// Without a terminal nobody is asked. What is planned stands there before the broker has done it.
TEST_F(WithFolder, AnImportWithoutATerminalIsDone) {
    const std::string change = R"({"line":2,"change":"join","login":"y","name":"Y","section":"S","after":{}})"
                               "\n";
    bool done = true;
    broker.dialogue = [&](Channel& end) {
        const int file = broker.calls.back().file;
        char content[1024]{};
        const auto rows = pread(file, content, sizeof content, 0);
        ASSERT_EQ(pwrite(file, change.data(), change.size(), rows), static_cast<ssize_t>(change.size()));
        wire::Progress ready;
        ready.event = wire::ProgressEvent::ready;
        ASSERT_TRUE(end.send(ready));
        if (!done) {
            end = Channel();
            return;
        }
        ASSERT_TRUE(end.send(test::done(R"({"schema":1,"join":1,"applied":1,"dry_run":false,"refused":false,)"
                                        R"("report_at":)" +
                                        std::to_string(rows) + "}")));
    };
    const std::string table = put("people.csv", "login,name,section\ny,Y,S\n");
    const auto result = run(broker, {"person", "import", table});
    EXPECT_EQ(result.exit, Exit::done) << result.err;
    EXPECT_EQ(broker.calls[0].arguments, Json::parse(R"({"apply":true,"skip_conflicts":false})"));
    EXPECT_EQ(result.out.find("+ y Y joins (S)\n"), 0U) << result.out;
    EXPECT_EQ(result.out.find("joins", 12), std::string::npos) << "once: " << result.out;
    EXPECT_NE(result.out.find("Done: 1 people."), std::string::npos) << result.out;
    done = false;
    const auto interrupted = run(broker, {"person", "import", table});
    EXPECT_EQ(interrupted.exit, Exit::unreachable);
    EXPECT_EQ(interrupted.out.find("+ y Y joins (S)\n"), 0U) << interrupted.out;
}

}  // namespace
}  // namespace sekimori::admin
