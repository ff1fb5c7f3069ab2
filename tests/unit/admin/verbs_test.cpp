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

TEST_F(WithFolder, PeopleComeFromAFile) {
    broker.dialogue = [](Channel& end) {
        ASSERT_TRUE(end.send(test::done(R"({"schema":1,"added":2,"unchanged":0,"dry_run":true})")));
    };
    // 山田 in Shift_JIS.
    const auto result = run(
        broker, {"person", "import", put("people.csv", "login,name\r\ny,\x8E\x52\x93\x63\r\nz,Z\r\n"), "--dry-run"});
    EXPECT_EQ(result.exit, Exit::done);
    EXPECT_NE(result.out.find("2 would be added"), std::string::npos);
    EXPECT_EQ(broker.calls[0].arguments, Json::parse(R"({"dry_run":true,"people":[
        {"login":"y","name":"山田","accounts":["y"]},{"login":"z","name":"Z","accounts":["z"]}]})"));
}

}  // namespace
}  // namespace sekimori::admin
