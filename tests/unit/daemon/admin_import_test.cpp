// SPDX-License-Identifier: Apache-2.0
// The import of the personnel office's table, from its plan to the people that it makes, and what the calendar does.
#include <sys/mman.h>

#include "daemon/admin/choose_person.hpp"
#include "daemon/admin/command.hpp"
#include "daemon/admin/housekeeping.hpp"
#include "daemon/admin/import_plan.hpp"
#include "daemon/admin/json.hpp"
#include "daemon/admin/query.hpp"
#include "tests/unit/daemon/auth_rig.hpp"

namespace sekimori::daemon {
namespace {

using std::chrono::days;

class AdminImport : public AuthRig {
  protected:
    void TearDown() override {
        runs.clear();
        AuthRig::TearDown();
    }
    static Json row(int line, const std::string& number, const std::string& login,
                    const std::string& section = "税務課", const std::string& name = "山田 花子") {
        return {{"line", line}, {"staff_number", number}, {"login", login}, {"name", name}, {"section", section}};
    }
    struct Answer {
        Json json;
        std::vector<Json> report;
        std::vector<wire::ProgressEvent> told;
    };
    // One run, whose other end is the command's.
    struct Run {
        UniqueFd file;
        off_t rows{};
        Channel command;
    };
    Run start(const std::vector<Json>& rows, const Json& arguments) {
        Run run;
        run.file.reset(memfd_create("rows", MFD_CLOEXEC));
        std::string text;
        for (const Json& one : rows) text += one.dump() + "\n";
        EXPECT_EQ(write(run.file.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
        run.rows = static_cast<off_t>(text.size());
        auto pair = *Channel::pair();
        runs.push_back(std::make_unique<CommandRun>(
            *broker, *find_command("person.import"), arguments.dump(), std::move(pair.first),
            UniqueFd(dup(run.file.get())), CommandCaller{geteuid(), 1, ""},
            [this](CommandRun* one) { runs.remove_if([&](const auto& other) { return other.get() == one; }); }));
        run.command = std::move(pair.second);
        return run;
    }
    static std::vector<Json> report_of(const Run& run) {
        std::vector<Json> items;
        std::string report(1 << 20, '\0');
        const auto got = pread(run.file.get(), report.data(), report.size(), run.rows);
        report.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        std::istringstream lines(report);
        for (std::string line; std::getline(lines, line);) items.push_back(Json::parse(line));
        return items;
    }
    // To its end, whatever is told on the way.
    Answer end_of(Run& run) {
        Answer answer;
        for (;;) {
            std::optional<SecureBytes> bytes;
            EXPECT_TRUE(turn_until([&] {
                if (auto next = run.command.receive(std::nullopt)) bytes = std::move(*next);
                return bytes.has_value();
            }));
            if (!bytes) return answer;
            if (const auto progress = wire::decode<wire::Progress>(bytes->span())) {
                answer.told.push_back(progress->event);
                continue;
            }
            const auto end = wire::decode<wire::CommandDone>(bytes->span());
            EXPECT_TRUE(end);
            answer.json = Json::parse(end ? end->json : "{}");
            answer.report = report_of(run);
            settle();
            return answer;
        }
    }
    Answer import(const std::vector<Json>& rows, const Json& arguments) {
        Run run = start(rows, arguments);
        return end_of(run);
    }
    Answer apply(const std::vector<Json>& rows) { return import(rows, {{"apply", true}}); }
    PersonRecord person(const std::string& login) { return store->person_by_login(login).value_or(PersonRecord{}); }
    std::list<std::unique_ptr<CommandRun>> runs;
};

TEST_F(AdminImport, ADryRunChangesNothing) {
    const auto head = store->head().seq;
    const Answer answer = import({row(2, "001", "yamada"), row(3, "002", "ito")}, Json::object());
    EXPECT_EQ(answer.json["join"], 2);
    EXPECT_EQ(answer.json["applied"], 0);
    EXPECT_EQ(answer.json["dry_run"], true);
    ASSERT_EQ(answer.report.size(), 2U);
    EXPECT_EQ(answer.report[0]["change"], "join");
    EXPECT_EQ(answer.report[0]["line"], 2);
    EXPECT_EQ(store->head().seq, head);
}

TEST_F(AdminImport, WhoComesMovesIsRenamedAndLeaves) {
    EXPECT_EQ(apply({row(2, "001", "yamada"), row(3, "002", "ito")}).json["applied"], 2);
    EXPECT_EQ(person("yamada").details->section, "税務課");
    Json moved = row(2, "001", "yamada", "市民課");
    moved["from"] = time_text(clock.at.wall + days{10});
    Json leaver = row(3, "002", "ito");
    leaver["leaves_at"] = time_text(clock.at.wall + days{20});
    const Answer answer = apply({moved, leaver});
    EXPECT_EQ(answer.json["move"], 1);
    EXPECT_EQ(answer.json["leave"], 1);
    EXPECT_EQ(answer.report[0]["before"]["section"], "税務課");
    EXPECT_EQ(person("yamada").details->section, "税務課");
    // The same table again, whole or after an interruption: nothing is left to do.
    const Answer again = apply({moved, leaver});
    EXPECT_EQ(again.json["unchanged"], 2);
    EXPECT_EQ(again.json["applied"], 0);
    clock.at.wall += days{10};
    EXPECT_EQ(person("yamada").details->section, "市民課");
}

// By hand both take two administrators.
TEST_F(AdminImport, NeitherRemovesWhoAdministersNorGivesThemAccounts) {
    ASSERT_EQ(apply({row(2, "001", "yamada")}).json["applied"], 1);
    ASSERT_TRUE(store->set_roles(person("yamada").id, Roles::of(Role::officer), by));
    Json leaver = row(2, "001", "yamada");
    leaver["leaves_at"] = time_text(clock.at.wall + days{20});
    EXPECT_EQ(apply({leaver}).json["conflict"], 1);
    Json account = row(2, "001", "yamada");
    account["accounts"] = {"sato"};
    EXPECT_EQ(apply({account}).json["conflict"], 1);
    EXPECT_EQ(person("yamada").details->leaves_at, Millis{0});
    EXPECT_EQ(apply({row(2, "001", "yamada", "市民課")}).json["move"], 1);
    ASSERT_TRUE(store->set_roles(person("yamada").id, {}, by));
    EXPECT_EQ(apply({leaver}).json["leave"], 1);
}

TEST_F(AdminImport, ConflictsAreNamedByLineAndStopAll) {
    ASSERT_EQ(apply({row(2, "001", "yamada")}).json["applied"], 1);
    const std::vector<Json> rows{row(2, "001", "other"),  row(3, "009", "yamada"), row(4, "003", "bad login"),
                                 row(5, "004", "ito"),    row(6, "004", "ito2"),   row(7, "", "ito"),
                                 row(8, "005", "tanaka"), Json{{"line", 9}},       row(10, "006", "good")};
    const Answer answer = apply(rows);
    EXPECT_EQ(answer.json["refused"], true);
    EXPECT_EQ(answer.json["applied"], 0);
    EXPECT_FALSE(store->person_by_login("good"));
    std::vector<int> lines;
    for (const Json& line : answer.report)
        if (line["change"] == "conflict") lines.push_back(line["line"]);
    EXPECT_EQ(lines, (std::vector<int>{2, 3, 4, 6, 7, 8, 9}));
    const Answer skipping = import(rows, {{"apply", true}, {"skip_conflicts", true}});
    EXPECT_EQ(skipping.json["applied"], 2);
    EXPECT_TRUE(store->person_by_login("good"));
}

// Who was registered by hand is taken over when the name is the same.
TEST_F(AdminImport, SomebodyRegisteredByHandGetsANumber) {
    const Answer answer = apply({row(2, "005", "tanaka", "税務課", "田中 太郎")});
    EXPECT_EQ(answer.json["applied"], 1) << answer.json;
    EXPECT_EQ(person("tanaka").details->staff_number, "005");
    EXPECT_EQ(person("tanaka").id, tanaka);
}

TEST_F(AdminImport, ManyRowsInPieces) {
    std::vector<Json> rows;
    for (int i = 0; i < 250; ++i) rows.push_back(row(i + 2, "n" + std::to_string(i), "u" + std::to_string(i)));
    const Answer answer = apply(rows);
    EXPECT_EQ(answer.json["applied"], 250);
    ASSERT_GE(answer.told.size(), 3U);
    EXPECT_EQ(answer.told[0], wire::ProgressEvent::ready) << "before anything is written";
    EXPECT_EQ(answer.told[1], wire::ProgressEvent::stage);
    EXPECT_EQ(store->persons().size(), 251U);
    EXPECT_EQ(trail().back().event.what, "person.import");
    EXPECT_EQ(trail().back().event.reason, "applied 250 of 250");
    EXPECT_TRUE(trail().back().event.success);
    EXPECT_EQ(apply(rows).json["unchanged"], 250);
}

// At a terminal: what is planned is there to be read before the question, and only a yes does it.
TEST_F(AdminImport, WhatIsPlannedIsAskedFor) {
    const std::vector<Json> rows{row(2, "001", "yamada")};
    for (const std::string reply : {"", "n", "Y e s", "y"}) {
        Run run = start(rows, {{"apply", true}, {"ask", true}});
        EXPECT_EQ(expect<wire::Progress>(run.command).event, wire::ProgressEvent::ready);
        const auto question = expect<wire::Prompt>(run.command);
        EXPECT_EQ(question.style, wire::PromptStyle::echo_on);
        EXPECT_EQ(question.id, MessageId::none);
        EXPECT_EQ(report_of(run).size(), 1U);
        EXPECT_FALSE(store->person_by_login("yamada"));
        wire::Answer answer;
        answer.serial = question.serial;
        answer.status = wire::AnswerStatus::given;
        answer.text = SecureBytes(std::span(reinterpret_cast<const std::uint8_t*>(reply.data()), reply.size()));
        ASSERT_TRUE(run.command.send(answer));
        const Answer end = end_of(run);
        if (reply == "y")
            EXPECT_EQ(end.json["applied"], 1) << end.json;
        else
            EXPECT_EQ(end.json["code"], "cancelled") << end.json;
        EXPECT_EQ(store->person_by_login("yamada").has_value(), reply == "y");
    }
    // Who goes away at the question has said no.
    const auto head = store->head().seq;
    Run run = start({row(2, "002", "ito")}, {{"apply", true}, {"ask", true}});
    (void)expect<wire::Progress>(run.command);
    (void)expect<wire::Prompt>(run.command);
    run.command = Channel();
    settle();
    EXPECT_EQ(store->head().seq, head);
    EXPECT_TRUE(runs.empty());
}

// Who goes away in the middle: what was written stays and is told, and the same table once more does the rest.
TEST_F(AdminImport, AnInterruptedRunIsMadeUpFor) {
    std::vector<Json> rows;
    for (int i = 0; i < 500; ++i) rows.push_back(row(i + 2, "n" + std::to_string(i), "u" + std::to_string(i)));
    Run run = start(rows, {{"apply", true}});
    ASSERT_TRUE(turn_until([&] { return store->persons().size() > 100; }));
    run.command = Channel();
    settle();
    EXPECT_TRUE(runs.empty());
    const std::size_t there = store->persons().size() - 1;  // tanaka was there before
    ASSERT_LT(there, 500U);
    EXPECT_EQ(trail().back().event.what, "person.import");
    EXPECT_EQ(trail().back().event.reason, "applied " + std::to_string(there) + " of 500");
    EXPECT_FALSE(trail().back().event.success);
    const Answer rest = apply(rows);
    EXPECT_EQ(rest.json["applied"], 500 - there);
    EXPECT_EQ(rest.json["unchanged"], there);
    EXPECT_EQ(store->persons().size(), 501U);
}

// Somebody else was at work between the plan and the yes: what no longer fits stops it, in the open.
TEST_F(AdminImport, PeopleWhoChangedMeanwhile) {
    Run run = start({row(2, "001", "yamada")}, {{"apply", true}, {"ask", true}});
    (void)expect<wire::Progress>(run.command);
    const auto question = expect<wire::Prompt>(run.command);
    NewPerson other;
    other.login = "yamada";
    other.name = "別人";
    other.accounts = {{"yamada", "local", 1000}};
    ASSERT_TRUE(store->add_person(other, {std::nullopt, "tty1"}));
    wire::Answer answer;
    answer.serial = question.serial;
    answer.status = wire::AnswerStatus::given;
    answer.text = SecureBytes(std::array<std::uint8_t, 1>{'y'});
    ASSERT_TRUE(run.command.send(answer));
    EXPECT_EQ(end_of(run).json["code"], "refused");
    EXPECT_EQ(person("yamada").name, "別人");
}

TEST_F(AdminImport, AFileThatIsNoneOrHostile) {
    EXPECT_EQ(apply({}).json["applied"], 0);
    EXPECT_EQ(apply({row(2, "001", std::string(20'000, 'x'))}).json["code"], "too_large");
    const Answer nonsense =
        import({Json("text"), Json(7), Json{{"line", 2}, {"name", "x"}, {"login", "y"}, {"root", 1}}},
               {{"apply", true}, {"skip_conflicts", true}});
    EXPECT_EQ(nonsense.json["conflict"], 3);
    EXPECT_EQ(nonsense.json["applied"], 0);
}

// Tens of thousands fit into no message of the bus.
TEST_F(AdminImport, ListsComeInPages) {
    std::vector<PersonChange> many;
    for (int i = 0; i < 1005; ++i) {
        NewPerson one;
        one.login = "p" + std::to_string(i);
        one.name = "山田 花子";
        one.accounts = {{one.login, "local", 1000}};
        many.push_back({std::move(one), std::nullopt});
    }
    ASSERT_TRUE(store->change_people(many, {std::nullopt, "tty1"}));
    for (const auto& [verb, count] :
         {std::pair{"person.list", 1006U}, {"enrol.queue", 1005U}, {"person.activity", 1006U}}) {
        std::set<std::string> logins;
        Json arguments = Json::object();
        for (;;) {
            Arguments asked(arguments.dump());
            const Reply page = find_query(verb)->answer(*broker, asked);
            ASSERT_TRUE(page);
            EXPECT_LE((*page)["items"].size(), 1000U);
            for (const Json& item : (*page)["items"]) EXPECT_TRUE(logins.insert(item["login"]).second) << item;
            if (!page->contains("more")) break;
            arguments["after"] = (*page)["next"];
        }
        EXPECT_EQ(logins.size(), count) << verb;
    }
}

TEST_F(AdminImport, TheLastDayTakesCardFingersAndNameAlong) {
    Json leaver = row(2, "005", "tanaka", "税務課", "田中 太郎");
    leaver["leaves_at"] = time_text(clock.at.wall + days{1});
    ASSERT_EQ(apply({leaver}).json["applied"], 1);
    clock.at.wall += days{1};
    EXPECT_EQ(person("tanaka").state, PersonState::left);
    Housekeeping housekeeping(*broker, [] {});
    EXPECT_TRUE(turn_until([&] { return store->person(tanaka)->state == PersonState::gone; }));
    EXPECT_EQ(store->card(card)->state, CardState::revoked);
    settle();
    EXPECT_EQ(trail().back().event.what, "person.remove");
    EXPECT_EQ(trail().back().event.where, "calendar");
}

// Who could make administrators when the last ones had gone by the calendar?
TEST_F(AdminImport, TheCalendarLeavesTwoAdministrators) {
    std::vector<PersonId> leavers;
    for (const char* login : {"yamada", "zenko"}) {  // the last of the alphabet goes first
        NewPerson one;
        one.login = login;
        one.name = login;
        one.accounts = {{login, "local", 1000}};
        leavers.push_back(store->add_person(one, {std::nullopt, "tty1"}).value());
        PersonDetails details;
        details.leaves_at = clock.at.wall + days{1};
        ASSERT_TRUE(store->change_people({{leavers.back(), details}}, {std::nullopt, "tty1"}));
    }
    for (const PersonId& id : {tanaka, leavers[1]})
        ASSERT_TRUE(store->set_roles(id, Roles::of(Role::administrator), {std::nullopt, "tty1"}));
    clock.at.wall += days{1};
    Housekeeping housekeeping(*broker, [] { FAIL() << "the ledger is whole"; });
    EXPECT_TRUE(turn_until([&] { return store->person(leavers[0])->state == PersonState::gone; }));
    EXPECT_EQ(store->person(leavers[1])->state, PersonState::left) << "it opens nothing, and waits";
    EXPECT_TRUE(store->person(leavers[1])->roles.has(Role::administrator));
}

// Killed right after the answer, the broker has nothing to verify at its next start.
TEST_F(AdminImport, WhatItMadeIsKeptForTheNextStartWhenItAnswers) {
    std::vector<Json> rows;
    for (int i = 2; i < 302; ++i) rows.push_back(row(i, std::to_string(i), "new" + std::to_string(i)));
    ASSERT_EQ(apply(rows).json["applied"], 300);
    EXPECT_TRUE(std::filesystem::exists(directory.path() + "/view"));
    EXPECT_EQ(*store->care_for_ledger(Keep::now), Care::done) << "all of it";
}

TEST_F(AdminImport, EveryPersonHasAnEventOfTheirOwn) {
    ASSERT_EQ(apply({row(2, "001", "yamada"), row(3, "005", "tanaka", "税務課", "田中 太郎")}).json["applied"], 2);
    const PersonId yamada = person("yamada").id;
    std::map<PersonId, std::string> told;
    for (const AuditRow& one : trail())
        if (one.event.what == "person.import" && one.event.subject) {
            EXPECT_TRUE(one.event.success);
            told[*one.event.subject] = one.event.reason;
        }
    EXPECT_EQ(told, (std::map<PersonId, std::string>{{yamada, "join"}, {tanaka, "move"}}));
    EXPECT_EQ(trail().back().event.reason, "applied 2 of 2");
}

TEST_F(AdminImport, APersonIsNamedAsTheCounterKnowsThem) {
    ASSERT_EQ(apply({row(2, "001", "yamada"), row(3, "002", "yamada2", "市民課")}).json["applied"], 2);
    const auto login = [&](const PersonChoice& choice) {
        const auto found = choose_person(*store, choice);
        return found ? found->login : found.error().code + ": " + found.error().hint;
    };
    PersonChoice choice;
    choice.staff_number = "002";
    EXPECT_EQ(login(choice), "yamada2");
    choice = {};
    choice.name = "山田　花子";
    EXPECT_EQ(login(choice), "refused: yamada (山田 花子, 税務課, 001); yamada2 (山田 花子, 市民課, 002)");
    choice.section = "税務課";
    EXPECT_EQ(login(choice), "yamada");
    choice.login = "yamada";
    EXPECT_TRUE(login(choice).starts_with("invalid_argument"));
    choice = {};
    choice.last_login = true;
    EXPECT_TRUE(login(choice).starts_with("not_found"));
    AuditEvent entered = event("login");
    entered.who = tanaka;
    ASSERT_TRUE(store->append(entered));
    EXPECT_EQ(login(choice), "tanaka");
}

}  // namespace
}  // namespace sekimori::daemon
