// SPDX-License-Identifier: Apache-2.0
// sekimori person add, list, show, remove, unlock
#include "admin/render.hpp"
#include "admin/text.hpp"
#include "admin/verbs/verbs.hpp"
#include "admin/verbs/which_person.hpp"

namespace sekimori::admin {
namespace {

struct None {};
struct Login {
    std::string login;
};
struct Add {
    std::string login, name, reason;
    std::vector<std::string> accounts;
    unsigned min_fingers{2};
};

Outcome<Exit> add(Session& session, const Add& options) {
    Json arguments{{"login", options.login}, {"name", options.name}};
    arguments["accounts"] = options.accounts.empty() ? std::vector<std::string>{options.login} : options.accounts;
    if (options.min_fingers < 2 && options.reason.empty())
        return misuse("Fewer than two fingers need a reason.", "Add --reason TEXT.");
    if (options.min_fingers != 2) arguments["min_fingers"] = options.min_fingers;
    if (!options.reason.empty()) arguments["reason"] = options.reason;
    return act_and_show(session, "person.add", arguments, render_person);
}

std::string still_open(const Json& answer) {
    const auto open = texts_at(answer, "sessions");
    return open.empty() ? "" : fill(tr("Not ended yet: {sessions}."), {{"sessions", joined(open)}}) + "\n";
}

std::string render_removed(const Json& answer) {
    const Json& deleted = at(answer, "deleted");
    return fill(tr("{login} is removed. Deleted: {fingers} fingers, {cards} cards, {names} names."),
                {{"login", text_at(answer, "login")},
                 {"fingers", std::to_string(number_at(deleted, "fingers"))},
                 {"cards", std::to_string(number_at(deleted, "cards"))},
                 {"names", std::to_string(number_at(deleted, "names"))}}) +
           " " + fill(tr("Sessions ended: {ended}."), {{"ended", std::to_string(number_at(answer, "ended"))}}) + "\n" +
           still_open(answer);
}

}  // namespace

void add_person(CLI::App& root, Session& session) {
    CLI::App* person = root.add_subcommand("person", "The people who log in");
    person->require_subcommand(1);

    const auto adding = add_verb<Add>(*person, "add", "Register a person");
    adding.app->add_option("LOGIN", adding.options->login, "Handle for administrators")->required();
    adding.app->add_option("--name", adding.options->name, "Full name")->required();
    adding.app->add_option("--account", adding.options->accounts, "OS account (repeatable; without: LOGIN)")
        ->allow_extra_args(false);
    adding.app->add_option("--min-fingers", adding.options->min_fingers, "Fingers needed for a login")
        ->check(CLI::Range(1U, 10U));
    adding.app->add_option("--reason", adding.options->reason, "Why fewer than two fingers are enough");
    on(adding, session, add);

    on(add_verb<None>(*person, "list", "All persons"), session, [](Session& running, const None&) {
        return ask_and_show(running, "person.list", Json::object(), render_persons);
    });

    const auto showing = add_verb<WhichPerson>(*person, "show", "One person");
    CLI::Option_group* which = showing.app->add_option_group("who");
    which->add_option("LOGIN", showing.options->login);
    add_which_person(*showing.app, *which, *showing.options);
    which->require_option(1);
    on(showing, session, [](Session& running, const WhichPerson& options) {
        Json arguments = Json::object();
        put_which_person(arguments, options);
        return ask_and_show(running, "person.show", arguments, render_person);
    });

    const auto removing = add_verb<Login>(*person, "remove", "Remove a person with cards, fingers and name");
    removing.app->add_option("LOGIN", removing.options->login)->required();
    on(removing, session, [](Session& running, const Login& options) {
        return act_and_show(running, "person.remove", Json{{"login", options.login}}, render_removed);
    });

    const auto unlocking = add_verb<Login>(*person, "unlock", "End a lockout");
    unlocking.app->add_option("LOGIN", unlocking.options->login)->required();
    on(unlocking, session, [](Session& running, const Login& options) {
        return act_and_show(running, "person.unlock", Json{{"login", options.login}}, render_person);
    });

    add_person_import(*person, session);
}

}  // namespace sekimori::admin
