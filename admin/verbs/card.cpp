// SPDX-License-Identifier: Apache-2.0
// sekimori card list, revoke, suspend, confirm, reinstate, return, left
#include "admin/render.hpp"
#include "admin/table.hpp"
#include "admin/text.hpp"
#include "admin/times.hpp"
#include "admin/verbs/verbs.hpp"
#include "admin/verbs/which_person.hpp"

namespace sekimori::admin {
namespace {

struct None {};
struct Which {
    std::string card, reason;
    WhichPerson person;
    std::optional<unsigned> wait;  // seconds, for the receipt
    bool inserted{false};
};

struct One {
    std::string card;
};

struct Ledger {
    int expiring{-1};
    bool not_returned{false}, suspect{false};
};

enum class ByPerson { no, yes };

void add_selection(const Verb<Which>& verb, ByPerson by_person) {
    CLI::Option_group* which = verb.app->add_option_group("which card");
    which->add_option("CARD-ID", verb.options->card, "Its id, its key, or the key's first 16 digits");
    if (by_person == ByPerson::yes) {
        which->add_option("--person", verb.options->person.login, "All cards of this person (LOGIN)");
        add_which_person(*verb.app, *which, verb.options->person);
    }
    which->add_flag("--inserted", verb.options->inserted, "The card on the reader");
    which->require_option(1);
}

Json arguments_of(const Which& which) {
    Json arguments = Json::object();
    if (which.inserted) arguments["inserted"] = true;
    if (!which.card.empty()) arguments["card"] = which.card;
    put_which_person(arguments, which.person);
    if (!which.reason.empty()) arguments["reason"] = which.reason;
    if (which.wait) arguments["wait"] = *which.wait;
    return arguments;
}

void add_change(CLI::App& card, Session& session, const std::string& name, const std::string& help,
                ByPerson by_person) {
    const auto verb = add_verb<Which>(card, name, help);
    add_selection(verb, by_person);
    if (name == "revoke")
        verb.app->add_option("--reason", verb.options->reason, "lost, stolen, damaged or left")
            ->required()
            ->check(CLI::IsMember({"lost", "stolen", "damaged", "left"}));
    if (name == "revoke" || name == "suspend")
        verb.app->add_option("--wait", verb.options->wait, "In a fleet: seconds to wait for the other terminals (10)")
            ->check(CLI::Range(0U, 86'400U));
    on(verb, session, [broker_verb = "card." + name](Session& running, const Which& which) {
        return act_and_show(running, broker_verb, arguments_of(which), render_changed_cards);
    });
}

// The card ledger (貸与台帳): who holds what, since when.
std::string render_ledger(const Json& list) {
    Table table({tr("PERSON"), tr("CARD"), tr("TYPE"), tr("SINCE"), tr("STATE"), tr("EXPIRES"), tr("REMARK")});
    for (const Json& item : items_of(list)) {
        std::vector<std::string> remarks;
        if (item.value("temporary", false)) remarks.push_back(tr("temporary"));
        if (item.value("not_returned", false)) remarks.push_back(tr("not returned"));
        if (item.value("suspect_ic", false)) remarks.push_back(tr("suspect IC"));
        table.add({text_at(item, "person"), text_at(item, "key").substr(0, 16), text_at(item, "type"),
                   for_people(text_at(item, "since")), word(text_at(item, "state")),
                   for_people(text_at(item, "expires_at")), joined(remarks)});
    }
    return table.text();
}

Outcome<Exit> show_ledger(Session& session, const Ledger& options) {
    Json arguments = Json::object();
    if (options.expiring >= 0) arguments["expiring"] = options.expiring;
    if (options.not_returned) arguments["not_returned"] = true;
    if (options.suspect) arguments["suspect"] = true;
    return ask_and_show(session, "card.ledger", arguments, render_ledger);
}

std::string render_left(const Json& list) {
    if (items_of(list).empty()) return tr("No card was left behind.") + "\n";
    Table table({tr("READER"), tr("CARD"), tr("PERSON")});
    for (const Json& item : items_of(list))
        table.add({text_at(item, "reader"), text_at(item, "card"), text_at(item, "person")});
    return table.text();
}

}  // namespace

void add_card(CLI::App& root, Session& session) {
    CLI::App* card = root.add_subcommand("card", "The cards, lost ones above all");
    card->require_subcommand(1);
    on(add_verb<None>(*card, "list", "All cards"), session, [](Session& running, const None&) {
        return ask_and_show(running, "card.list", Json::object(),
                            [](const Json& list) { return render_cards(items_of(list)); });
    });
    const auto ledger = add_verb<Ledger>(*card, "ledger", "Who holds which card, since when");
    ledger.app->add_option("--expiring", ledger.options->expiring, "Only those that expire within so many days")
        ->check(CLI::Range(0, 3660));
    ledger.app->add_flag("--not-returned", ledger.options->not_returned, "Only those that should be back");
    ledger.app->add_flag("--suspect", ledger.options->suspect, "Only FeliCa cards with a suspect IC code");
    on(ledger, session, show_ledger);
    add_change(*card, session, "revoke", "Stop a card for good, at once", ByPerson::yes);
    add_change(*card, session, "suspend", "Stop a card for a while, at once", ByPerson::yes);
    const auto confirm = add_verb<One>(*card, "confirm", "Stand by what the help desk suspended; it stays suspended");
    confirm.app->add_option("CARD-ID", confirm.options->card, "Its id, its key, or the key's first 16 digits")
        ->required();
    on(confirm, session, [](Session& running, const One& one) {
        return act_and_show(running, "card.confirm", Json{{"card", one.card}}, render_changed_cards);
    });
    add_change(*card, session, "reinstate", "Let a suspended card work again", ByPerson::no);
    add_change(*card, session, "return", "Note that a card came back; it opens nothing", ByPerson::no);
    on(add_verb<None>(*card, "left", "Cards that lie on a reader with nobody logged in"), session,
       [](Session& running, const None&) { return act_and_show(running, "card.left", Json::object(), render_left); });
}

}  // namespace sekimori::admin
