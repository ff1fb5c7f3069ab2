// SPDX-License-Identifier: Apache-2.0
// sekimori person add, list, show, remove, unlock, role, password
#include "admin/render.hpp"
#include "admin/table.hpp"
#include "admin/text.hpp"
#include "admin/times.hpp"
#include "admin/verbs/verbs.hpp"
#include "admin/verbs/which_person.hpp"

namespace sekimori::admin {
namespace {

struct Login {
    std::string login;
};
struct List {
    unsigned unused{0};
};
struct Remove {
    std::string login;
    std::optional<unsigned> wait;  // seconds, for the receipt
};
struct RoleOf {
    std::string login;
    std::vector<std::string> roles;
};
struct Password {
    std::string login;
    bool clear{false};
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

// What is shown to whoever asks what became of the data (削除証明).
std::string render_removed(const Json& answer) {
    if (!true_at(answer, "changed")) return tr("Nothing changed: it was so already.") + "\n" + still_open(answer);
    const Json& deleted = at(answer, "deleted");
    const std::string text =
        fill(tr("{login} is removed. Deleted: {fingers} fingers, {cards} cards, {names} names."),
             {{"login", text_at(answer, "login")},
              {"fingers", std::to_string(number_at(deleted, "fingers"))},
              {"cards", std::to_string(number_at(deleted, "cards"))},
              {"names", std::to_string(number_at(deleted, "names"))}}) +
        " " + fill(tr("Sessions ended: {ended}."), {{"ended", std::to_string(number_at(answer, "ended"))}}) + "\n" +
        still_open(answer);
    return text + facts({{tr("Person"), text_at(answer, "id")},
                         {tr("Time"), for_people(text_at(answer, "time"))},
                         {tr("Codes"), std::to_string(number_at(deleted, "codes"))},
                         {tr("Exemptions"), std::to_string(number_at(deleted, "exemptions"))},
                         {tr("Data destroyed"), std::to_string(number_at(deleted, "blobs"))},
                         {tr("Data left"), std::to_string(number_at(answer, "left"))},
                         {tr("Entry"), std::to_string(number_at(at(answer, "ledger"), "seq")) + " " +
                                           text_at(at(answer, "ledger"), "hash")}});
}

std::string render_password(const Json& answer) {
    return (answer.value("set", false) ? tr("The password is set.") : tr("There is no password.")) + "\n";
}

void add_rights(CLI::App& person, Session& session) {
    const auto role = add_verb<RoleOf>(person, "role", "Give a person roles, in place of those there were");
    role.app->add_option("LOGIN", role.options->login)->required();
    role.app->add_option("ROLE", role.options->roles, "administrator, officer, registrar, helpdesk, auditor; none")
        ->required()
        ->check(CLI::IsMember({"administrator", "officer", "registrar", "helpdesk", "auditor", "none"}));
    on(role, session, [](Session& running, const RoleOf& options) {
        std::vector<std::string> roles = options.roles;
        std::erase(roles, "none");
        return act_and_show(running, "person.role", Json{{"login", options.login}, {"roles", roles}}, render_person);
    });
    const auto password = add_verb<Password>(person, "password", "Set the password of a person, for password+card");
    password.app->add_option("LOGIN", password.options->login)->required();
    password.app->add_flag("--clear", password.options->clear, "Take it away");
    on(password, session, [](Session& running, const Password& options) {
        Json arguments{{"login", options.login}};
        if (options.clear) arguments["clear"] = true;
        return act_and_show(running, "person.password", arguments, render_password);
    });
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

    const auto listing = add_verb<List>(*person, "list", "All persons");
    listing.app
        ->add_option("--unused", listing.options->unused,
                     "Only those who have not come for so many days; in a fleet: to this terminal")
        ->check(CLI::Range(1U, 3660U));
    on(listing, session, [](Session& running, const List& options) {
        Json arguments = Json::object();
        if (options.unused > 0) arguments["unused"] = options.unused;
        return ask_and_show(running, "person.list", arguments, render_persons);
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

    const auto removing = add_verb<Remove>(*person, "remove", "Remove a person with cards, fingers and name");
    removing.app->add_option("LOGIN", removing.options->login)->required();
    removing.app
        ->add_option("--wait", removing.options->wait, "In a fleet: seconds to wait for the other terminals (10)")
        ->check(CLI::Range(0U, 86'400U));
    on(removing, session, [](Session& running, const Remove& options) {
        Json arguments{{"login", options.login}};
        if (options.wait) arguments["wait"] = *options.wait;
        return act_and_show(running, "person.remove", arguments, [](const Json& answer) {
            const Json& fleet = at(answer, "fleet");
            return render_removed(answer) + (fleet.is_object() ? render_receipt(fleet) : "");
        });
    });

    const auto unlocking = add_verb<Login>(*person, "unlock", "End a lockout");
    unlocking.app->add_option("LOGIN", unlocking.options->login)->required();
    on(unlocking, session, [](Session& running, const Login& options) {
        return act_and_show(running, "person.unlock", Json{{"login", options.login}}, render_person);
    });

    add_rights(*person, session);
    add_person_import(*person, session);
}

}  // namespace sekimori::admin
