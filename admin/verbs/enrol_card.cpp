// SPDX-License-Identifier: Apache-2.0
// sekimori enrol card
#include "admin/render.hpp"
#include "admin/verbs/verbs.hpp"

namespace sekimori::admin {
namespace {

struct Options {
    std::string login, reader, slot;
    std::string approver;
    bool temporary{false};
    unsigned timeout{60};
};

Outcome<Exit> enrol(Session& session, const Options& options) {
    Json arguments{{"login", options.login}, {"timeout", options.timeout}};
    if (!options.reader.empty()) arguments["reader"] = options.reader;
    if (!options.slot.empty()) arguments["slot"] = options.slot;
    if (options.temporary != !options.approver.empty())
        return misuse("A temporary card has an approver, and no other has.", "--temporary --approver LOGIN");
    if (options.temporary) {
        arguments["temporary"] = true;
        arguments["approver"] = options.approver;
    }
    return act_and_show(session, "card.enrol", arguments, render_card);
}

}  // namespace

void add_enrol_card(CLI::App& enrol_verb, Session& session) {
    const auto verb = add_verb<Options>(enrol_verb, "card", "Enrol the card on the reader, or wait for one");
    verb.app->add_option("LOGIN", verb.options->login)->required();
    verb.app->add_option("--reader", verb.options->reader, "Which reader, when two hold a card");
    verb.app->add_option("--slot", verb.options->slot, "Which key of a PIV card")->check(CLI::IsMember({"9e", "9a"}));
    verb.app->add_option("--timeout", verb.options->timeout, "Seconds to wait for a card")->check(CLI::Range(1U, 600U));
    verb.app->add_flag("--temporary", verb.options->temporary, "A card that is lent for today and returned");
    verb.app->add_option("--approver", verb.options->approver, "Who approved the temporary card (LOGIN)");
    on(verb, session, enrol);
}

}  // namespace sekimori::admin
