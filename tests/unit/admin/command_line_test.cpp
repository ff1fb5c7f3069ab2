// SPDX-License-Identifier: Apache-2.0
// From the command line to the verb and the arguments that the broker gets (docs/PROTOCOL-COMMANDS.md).
#include <gtest/gtest.h>

#include "tests/unit/admin/fake_broker.hpp"

namespace sekimori::admin {
namespace {

using test::FakeBroker;
using test::run;
using Words = std::vector<std::string>;

struct Case {
    Words line;
    std::string verb;
    const char* arguments;
};
void PrintTo(const Case& c, std::ostream* out) {
    for (const auto& word : c.line) *out << word << ' ';
}

class Asks : public ::testing::TestWithParam<Case> {};
TEST_P(Asks, TheBroker) {
    FakeBroker broker;
    broker.answers = {std::string(R"({"schema":1,"items":[],"ok":true})")};
    broker.dialogue = [](Channel& end) { ASSERT_TRUE(end.send(test::done(R"({"schema":1})"))); };
    const auto result = run(broker, GetParam().line);
    EXPECT_EQ(result.exit, Exit::done) << result.out << result.err;
    ASSERT_GE(broker.calls.size(), 1U);  // a table of the trail asks for the logins afterwards
    EXPECT_EQ(broker.calls[0].verb, GetParam().verb);
    EXPECT_EQ(broker.calls[0].arguments, Json::parse(GetParam().arguments));
}

INSTANTIATE_TEST_SUITE_P(
    Verbs, Asks,
    ::testing::Values(
        Case{{"status"}, "status", "{}"}, Case{{"--json", "status"}, "status", "{}"},
        Case{{"person", "list", "--json"}, "person.list", "{}"},
        Case{{"person", "show", "a"}, "person.show", R"({"login":"a"})"},
        Case{{"person", "add", "a", "--name", "A B"}, "person.add", R"({"login":"a","name":"A B","accounts":["a"]})"},
        Case{{"person", "add", "--name", "A", "--account", "x", "--account", "y", "a"},
             "person.add",
             R"({"login":"a","name":"A","accounts":["x","y"]})"},
        Case{{"person", "add", "a", "--name", "A", "--min-fingers", "1", "--reason", "r"},
             "person.add",
             R"({"login":"a","name":"A","accounts":["a"],"min_fingers":1,"reason":"r"})"},
        Case{{"person", "remove", "a"}, "person.remove", R"({"login":"a"})"},
        Case{{"person", "unlock", "a"}, "person.unlock", R"({"login":"a"})"},
        Case{{"enrol", "card", "a"}, "card.enrol", R"({"login":"a","timeout":60})"},
        Case{{"enrol", "card", "a", "--reader", "R 1", "--slot", "9a", "--timeout", "5"},
             "card.enrol",
             R"({"login":"a","timeout":5,"reader":"R 1","slot":"9a"})"},
        Case{{"enrol", "finger", "a", "--finger", "left-thumb", "--accept-notice", "--timeout=9"},
             "finger.enrol",
             R"({"login":"a","finger":"left-thumb","timeout":9,"accept_notice":true})"},
        Case{{"card", "list"}, "card.list", "{}"},
        Case{{"card", "revoke", "c", "--reason", "lost"}, "card.revoke", R"({"card":"c","reason":"lost"})"},
        Case{
            {"card", "revoke", "--person", "a", "--reason", "left"}, "card.revoke", R"({"login":"a","reason":"left"})"},
        Case{{"card", "revoke", "--inserted", "--reason", "damaged"},
             "card.revoke",
             R"({"inserted":true,"reason":"damaged"})"},
        Case{{"card", "suspend", "--person", "a"}, "card.suspend", R"({"login":"a"})"},
        Case{{"card", "reinstate", "c"}, "card.reinstate", R"({"card":"c"})"},
        Case{{"card", "return", "--inserted"}, "card.return", R"({"inserted":true})"},
        Case{{"card", "confirm", "c"}, "card.confirm", R"({"card":"c"})"},
        Case{{"fleet", "extend", "--terminal", "window 3", "--hours", "24"},
             "fleet.extend",
             R"({"terminal":"window 3","hours":24})"},
        Case{{"fleet", "extend", "--group", "ab", "--hours", "1"}, "fleet.extend", R"({"group":"ab","hours":1})"},
        Case{{"card", "left"}, "card.left", "{}"}, Case{{"session", "list"}, "session.list", "{}"},
        Case{{"audit", "list"}, "audit.list", "{}"},
        Case{
            {"audit", "list", "--since", "2026-04-01", "--until", "2026-04-01", "--person", "a", "--card", "c",
             "--result", "failure"},
            "audit.list",
            R"({"since":"2026-03-31T15:00:00Z","until":"2026-04-01T15:00:00Z","person":"a","card":"c","result":"failure"})"},
        Case{{"audit", "verify"}, "audit.verify", "{}"}, Case{{"audit", "export"}, "audit.list", R"({"proof":true})"},
        Case{{"policy", "show"}, "policy.show", "{}"},
        Case{{"setup", "--yes", "--accept-notice", "--administrator", "a:A", "--administrator", "b:B"},
             "setup",
             R"({"yes":true,"enable":false,"reset_identity":false,"accept_notice":true,
                 "administrators":[{"login":"a","name":"A"},{"login":"b","name":"B"}]})"}));

class Misuse : public ::testing::TestWithParam<Words> {};
TEST_P(Misuse, IsTwoAndAsksNobody) {
    FakeBroker broker;
    const auto human = run(broker, GetParam());
    EXPECT_EQ(human.exit, Exit::usage);
    EXPECT_EQ(human.out, "");
    EXPECT_NE(human.err, "");
    Words line = GetParam();
    line.emplace_back("--json");
    const auto json = run(broker, line);
    EXPECT_EQ(json.exit, Exit::usage);
    const Json error = parse_json(json.out);
    EXPECT_EQ(at(at(error, "error"), "code"), "usage");
    EXPECT_TRUE(at(at(error, "error"), "message").is_string());
    EXPECT_TRUE(at(at(error, "error"), "hint").is_string());
    EXPECT_TRUE(broker.calls.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Lines, Misuse,
    ::testing::Values(Words{}, Words{"frobnicate"}, Words{"doctor", "extra"}, Words{"status", "extra"}, Words{"person"},
                      Words{"person", "add"}, Words{"person", "add", "a"}, Words{"person", "show"},
                      Words{"person", "add", "a", "--name", "A", "--min-fingers", "1"},
                      Words{"person", "add", "a", "--name", "A", "--min-fingers", "0", "--reason", "r"}, Words{"enrol"},
                      Words{"enrol", "card"}, Words{"enrol", "card", "a", "--slot", "9c"},
                      Words{"enrol", "card", "a", "--timeout", "0"}, Words{"enrol", "card", "a", "--timeout", "soon"},
                      Words{"enrol", "finger", "a"}, Words{"enrol", "finger", "a", "--finger", "toe"},
                      Words{"card", "revoke", "c"}, Words{"card", "revoke", "--reason", "lost"},
                      Words{"card", "revoke", "c", "--reason", "bored"},
                      Words{"card", "revoke", "c", "--inserted", "--reason", "lost"}, Words{"card", "confirm"},
                      Words{"fleet", "extend", "--terminal", "a"}, Words{"fleet", "extend", "--hours", "3"},
                      Words{"fleet", "take"}, Words{"fleet", "extend", "--terminal", "a", "--hours", "73"},
                      Words{"fleet", "extend", "--terminal", "a", "--group", "b", "--hours", "3"},
                      Words{"card", "reinstate", "--person", "a"}, Words{"card", "suspend"},
                      Words{"audit", "list", "--since", "yesterday"}, Words{"audit", "list", "--result", "maybe"},
                      Words{"policy", "check"}, Words{"backup"}, Words{"setup"}, Words{"setup", "--yes"},
                      Words{"setup", "--yes", "--administrator", "noname"}, Words{"person", "show", "\xff"},
                      Words{"status", "--pin-fd", "-1"}));

TEST(CommandLine, HelpIsNoError) {
    FakeBroker broker;
    const auto help = run(broker, {"enrol", "finger", "--help"});
    EXPECT_EQ(help.exit, Exit::done);
    EXPECT_NE(help.out.find("sekimori enrol finger"), std::string::npos) << help.out;
    EXPECT_NE(help.out.find("--accept-notice"), std::string::npos);
}

}  // namespace
}  // namespace sekimori::admin
