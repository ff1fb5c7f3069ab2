// SPDX-License-Identifier: Apache-2.0
// sekimori status
#include "admin/table.hpp"
#include "admin/text.hpp"
#include "admin/times.hpp"
#include "admin/verbs/verbs.hpp"

#include "admin/render.hpp"

namespace sekimori::admin {
namespace {

struct None {};

std::string protection(const std::string& name) {
    if (name == "tpm2") return tr("TPM 2.0");
    if (name == "host") return tr("this host only: readable from a stolen disk");
    return name;
}

std::string roots(const Json& status) {
    const Json& value = at(status, "roots");
    const bool none = value.is_null() || (value.is_number() && number_at(status, "roots") == 0);
    return none ? tr("no roots: the enrolled key alone decides") : text_at(status, "roots");
}

// Its use is no secret, and is said until there is a new one.
std::string rescue(const Json& status) {
    const std::string state = text_at(at(status, "rescue"), "state");
    const std::string since = for_people(text_at(at(status, "rescue"), "since"));
    if (state == "ready") return fill(tr("in its envelope since {time}"), {{"time", since}});
    if (state == "used") return fill(tr("USED at {time}; make a new one: sekimori rescue renew"), {{"time", since}});
    return tr("none: sekimori rescue renew");
}

// A card that is present may be named by its id.
std::string render(const Json& status) {
    std::string text;
    if (true_at(status, "lab"))
        text += "\033[31m" + tr("LAB: software devices are accepted. Not for real use.") + "\033[0m\n";
    const std::string witness = text_at(status, "witness");
    const Json& ledger = at(status, "ledger");
    text += facts({{tr("Broker"), text_at(status, "broker")},
                   {tr("Keys protected by"), protection(text_at(status, "key_protection"))},
                   {tr("Trust anchors"), roots(status)},
                   {tr("Audit witness"), witness.empty() ? tr("none: a cut-off end would not be noticed") : witness},
                   {tr("Policy"), text_at(status, "policy")},
                   {tr("Ledger"), text_at(ledger, "seq") + " " + text_at(ledger, "hash")}});
    if (const std::int64_t open = number_at(at(status, "fleet"), "unconfirmed"); open > 0)
        text += facts({{tr("Unconfirmed suspensions"), std::to_string(open) + ": sekimori card confirm"}});
    const Json& certificate = at(at(status, "fleet"), "certificate");
    if (const std::string state = text_at(certificate, "state"); !state.empty() && state != "good")
        text +=
            facts({{tr("Certificate until"), for_people(text_at(certificate, "until")) + ": sekimori fleet status"}});
    if (at(status, "rescue").is_object()) text += facts({{tr("Rescue code"), rescue(status)}});
    for (const Json& reader : at(status, "readers")) {
        const std::string card = text_at(reader, "card");
        text += fill(tr("Reader {name}: card {card}"),
                     {{"name", text_at(reader, "name")}, {"card", card.empty() ? word("absent") : word(card)}}) +
                "\n";
    }
    if (at(status, "readers").empty()) text += tr("No reader.") + "\n";
    for (const Json& scanner : at(status, "scanners"))
        text += fill(tr("Scanner {driver} {usb}: {state}"), {{"driver", text_at(scanner, "driver")},
                                                             {"usb", text_at(scanner, "usb")},
                                                             {"state", word(text_at(scanner, "state"))}}) +
                "\n";
    if (at(status, "scanners").empty()) text += tr("No scanner.") + "\n";
    return text;
}

}  // namespace

void add_status(CLI::App& root, Session& session) {
    on(add_verb<None>(root, "status", "The broker, its devices and its ledger"), session,
       [](Session& running, const None&) { return ask_and_show(running, "status", Json::object(), render); });
}

}  // namespace sekimori::admin
