// SPDX-License-Identifier: Apache-2.0
// sekimori media allow, remove, list, seen
#include "admin/render.hpp"
#include "admin/table.hpp"
#include "admin/text.hpp"
#include "admin/times.hpp"
#include "admin/verbs/verbs.hpp"

namespace sekimori::admin {
namespace {

struct None {};
struct Allow {
    std::string usb, serial, until, approver, reason;
    std::vector<std::string> terminals;
    bool inserted{false}, everywhere{false};
};
struct Remove {
    std::string media;
};

Outcome<Exit> allow(Session& session, const Allow& options) {
    Json arguments{{"approver", options.approver}, {"reason", options.reason}};
    if (options.inserted) arguments["inserted"] = true;
    if (!options.serial.empty()) arguments["serial"] = options.serial;
    if (!options.usb.empty()) arguments["usb"] = options.usb;
    if (options.everywhere) arguments["everywhere"] = true;
    if (!options.terminals.empty()) arguments["terminals"] = options.terminals;
    if (!options.until.empty()) {
        const auto until = to_utc(options.until, DayEdge::end);
        if (!until) return misuse("This is no time: " + options.until, "For example 2026-04-01.");
        arguments["until"] = *until;
    }
    return act_and_show(session, "media.allow", arguments, [](const Json& answer) {
        return fill(tr("{usb} {serial} may be used. Its record: {id}"),
                    {{"usb", text_at(answer, "usb")},
                     {"serial", printable(text_at(answer, "serial"))},
                     {"id", text_at(answer, "id")}}) +
               "\n";
    });
}

std::string render_removed(const Json& answer) {
    return fill(tr("{usb} {serial} is refused from now on, also where it is plugged in."),
                {{"usb", text_at(answer, "usb")}, {"serial", printable(text_at(answer, "serial"))}}) +
           "\n";
}

std::string until_of(const Json& record) {
    const std::string until = text_at(record, "until");
    return until.empty() ? "-" : for_people(until);
}

std::string render_list(const Json& list) {
    Table table({tr("ID"), tr("USB"), tr("SERIAL"), tr("STATE"), tr("UNTIL"), tr("APPROVER"), tr("REASON")});
    for (const Json& record : items_of(list))
        table.add({text_at(record, "id").substr(0, 8), text_at(record, "usb"), printable(text_at(record, "serial")),
                   word(text_at(record, "state")), until_of(record), text_at(record, "approver"),
                   printable(text_at(record, "reason"))});
    return table.text();
}

// "record:ID" is the record that let it in.
std::string why_of(const Json& plug) {
    const std::string reason = text_at(plug, "reason");
    return reason.starts_with("record:") ? reason.substr(0, 15) : word(reason);
}

std::string render_seen(const Json& list) {
    Table table(
        {tr("TIME"), tr("PORT"), tr("USB"), tr("SERIAL"), tr("NAME"), tr("STATE"), tr("WHY"), tr("PLUGGED IN")});
    for (const Json& plug : items_of(list))
        table.add({for_people(text_at(plug, "time")), text_at(plug, "port"), text_at(plug, "usb"),
                   printable(text_at(plug, "serial")), printable(text_at(plug, "name")),
                   true_at(plug, "allowed") ? tr("let in") : tr("kept out"), why_of(plug),
                   true_at(plug, "inserted") ? tr("yes") : tr("no")});
    return table.text();
}

}  // namespace

void add_media(CLI::App& root, Session& session) {
    CLI::App* media = root.add_subcommand("media", "Storage devices that may be plugged in");
    media->require_subcommand(1);

    const auto allowing = add_verb<Allow>(*media, "allow", "Let a storage device be used");
    CLI::Option_group* which = allowing.app->add_option_group("which device");
    which->add_option("--serial", allowing.options->serial, "Its serial number");
    which->add_flag("--inserted", allowing.options->inserted, "The one that is plugged in and was refused");
    which->require_option(1);
    allowing.app->add_option("--usb", allowing.options->usb, "VID:PID, where its serial number was not seen here");
    allowing.app->add_option("--until", allowing.options->until, "The last day, or a time (without: for good)");
    allowing.app->add_option("--approver", allowing.options->approver, "LOGIN of who approved it")->required();
    allowing.app->add_option("--reason", allowing.options->reason, "What for")->required();
    allowing.app->add_option("--terminal", allowing.options->terminals, "Where (repeatable; without: this machine)")
        ->allow_extra_args(false);
    allowing.app->add_flag("--everywhere", allowing.options->everywhere, "On every terminal of this ledger");
    on(allowing, session, allow);

    const auto removing = add_verb<Remove>(*media, "remove", "Refuse a storage device again, at once");
    removing.app->add_option("ID", removing.options->media, "Of its record, or the id's first 8 digits")->required();
    on(removing, session, [](Session& running, const Remove& options) {
        return act_and_show(running, "media.remove", Json{{"media", options.media}}, render_removed);
    });

    on(add_verb<None>(*media, "list", "All records"), session,
       [](Session& running, const None&) { return ask_and_show(running, "media.list", Json::object(), render_list); });
    on(add_verb<None>(*media, "seen", "What was plugged in lately"), session,
       [](Session& running, const None&) { return ask_and_show(running, "media.seen", Json::object(), render_seen); });
}

}  // namespace sekimori::admin
