// SPDX-License-Identifier: Apache-2.0
// sekimori code, exempt, break-glass: what stands in for a factor for a while
#include "admin/render.hpp"
#include "admin/table.hpp"
#include "admin/text.hpp"
#include "admin/times.hpp"
#include "admin/verbs/verbs.hpp"

namespace sekimori::admin {
namespace {

struct None {};
struct Login {
    std::string login;
};
struct Issue {
    std::string login, reason;
    unsigned hours{0}, minutes{30};
};
struct Exempt {
    std::string login, reason, until;
};
struct Ticket {
    std::string id;
};

std::string render_code(const Json& answer) {
    return facts({{tr("Person"), text_at(answer, "person")},
                  {tr("Code"), text_at(answer, "code")},
                  {tr("Until"), for_people(text_at(answer, "until"))}}) +
           tr("It is shown this once.") + "\n";
}

std::string render_exempt(const Json& answer) {
    return facts({{tr("Person"), text_at(answer, "person")}, {tr("Until"), for_people(text_at(answer, "until"))}});
}

std::string render_list(const Json& list) {
    Table table({tr("PERSON"), tr("STATE"), tr("UNTIL"), tr("BY"), tr("REASON"), tr("ID")});
    for (const Json& item : items_of(list)) {
        std::vector<std::string> by{text_at(item, "by")};
        if (!text_at(item, "second").empty()) by.push_back(text_at(item, "second"));
        table.add({text_at(item, "person"), word(text_at(item, "state")), for_people(text_at(item, "until")),
                   joined(by), printable(text_at(item, "reason")), text_at(item, "id")});
    }
    return table.text();
}

std::string render_withdrawn(const Json& answer) {
    return (answer.value("changed", false) ? tr("It is withdrawn.") : tr("There was nothing to withdraw.")) + "\n";
}

void add_list(CLI::App& parent, Session& session, const std::string& verb, const std::string& help) {
    on(add_verb<None>(parent, "list", help), session,
       [verb](Session& running, const None&) { return ask_and_show(running, verb, Json::object(), render_list); });
}

void add_withdrawal(CLI::App& parent, Session& session, const std::string& verb, const std::string& help) {
    const auto withdrawing = add_verb<Login>(parent, "withdraw", help);
    withdrawing.app->add_option("LOGIN", withdrawing.options->login)->required();
    on(withdrawing, session, [verb](Session& running, const Login& options) {
        return act_and_show(running, verb, Json{{"login", options.login}}, render_withdrawn);
    });
}

Outcome<Exit> exempt(Session& session, const Exempt& options) {
    const auto until = to_utc(options.until, DayEdge::end);
    if (!until) return misuse("That is not a date.", "For example 2027-03-31.");
    return act_and_show(session, "exempt.add",
                        Json{{"login", options.login}, {"until", *until}, {"reason", options.reason}}, render_exempt);
}

}  // namespace

void add_code(CLI::App& root, Session& session) {
    CLI::App* code = root.add_subcommand("code", "Substitute codes, for a card that was forgotten");
    code->require_subcommand(1);
    const auto issuing = add_verb<Issue>(*code, "issue", "A code that stands in for a person's card for some hours");
    issuing.app->add_option("LOGIN", issuing.options->login)->required();
    issuing.app->add_option("--hours", issuing.options->hours, "How long")->required()->check(CLI::Range(1U, 72U));
    issuing.app->add_option("--reason", issuing.options->reason, "Why")->required();
    on(issuing, session, [](Session& running, const Issue& options) {
        return act_and_show(running, "code.issue",
                            Json{{"login", options.login}, {"hours", options.hours}, {"reason", options.reason}},
                            render_code);
    });
    add_list(*code, session, "code.list", "All codes that were not withdrawn");
    add_withdrawal(*code, session, "code.withdraw", "Take a person's code back; its sessions end");
}

void add_exempt(CLI::App& root, Session& session) {
    CLI::App* exemption = root.add_subcommand("exempt", "People whose fingers cannot be read: card and PIN will do");
    exemption->require_subcommand(1);
    const auto adding = add_verb<Exempt>(*exemption, "add", "Exempt a person for a while; takes two administrators");
    adding.app->add_option("LOGIN", adding.options->login)->required();
    adding.app->add_option("--until", adding.options->until, "The last day")->required();
    adding.app->add_option("--reason", adding.options->reason, "Why")->required();
    on(adding, session, exempt);
    add_list(*exemption, session, "exempt.list", "All exemptions");
    add_withdrawal(*exemption, session, "exempt.withdraw", "End an exemption");
}

void add_break_glass(CLI::App& root, Session& session) {
    CLI::App* glass = root.add_subcommand("break-glass", "One login without two factors, by two administrators' word");
    glass->require_subcommand(1);
    const auto issuing = add_verb<Issue>(*glass, "issue", "Allow a person one login at this terminal");
    issuing.app->add_option("LOGIN", issuing.options->login)->required();
    issuing.app->add_option("--minutes", issuing.options->minutes, "How long")->check(CLI::Range(5U, 240U));
    issuing.app->add_option("--reason", issuing.options->reason, "Why")->required();
    on(issuing, session, [](Session& running, const Issue& options) {
        return act_and_show(running, "break-glass.issue",
                            Json{{"login", options.login}, {"minutes", options.minutes}, {"reason", options.reason}},
                            render_code);
    });
    add_list(*glass, session, "break-glass.list", "All tickets, used ones too");
    const auto withdrawing = add_verb<Ticket>(*glass, "withdraw", "Take a ticket back; its session ends");
    withdrawing.app->add_option("ID", withdrawing.options->id)->required();
    on(withdrawing, session, [](Session& running, const Ticket& options) {
        return act_and_show(running, "break-glass.withdraw", Json{{"id", options.id}}, render_withdrawn);
    });
}

}  // namespace sekimori::admin
