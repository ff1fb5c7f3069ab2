// SPDX-License-Identifier: Apache-2.0
// sekimori audit list, verify, export
#include <map>

#include "admin/files.hpp"
#include "admin/render.hpp"
#include "admin/table.hpp"
#include "admin/text.hpp"
#include "admin/times.hpp"
#include "admin/verbs/verbs.hpp"

namespace sekimori::admin {
namespace {

struct Filter {
    std::string since, until, person, card, result;
};
struct Verify {
    std::string head;
};

void add_filter(const Verb<Filter>& verb) {
    verb.app->add_option("--since", verb.options->since,
                         "From then on: 2026-04-01, 2026-04-01T08:30 (JST) or RFC 3339");
    verb.app->add_option("--until", verb.options->until, "Up to then; a day counts whole");
    verb.app->add_option("--person", verb.options->person, "LOGIN or id");
    verb.app->add_option("--card", verb.options->card, "CARD-ID");
    verb.app->add_option("--result", verb.options->result)->check(CLI::IsMember({"success", "failure"}));
}

Outcome<Json> arguments_of(const Filter& filter) {
    Json arguments = Json::object();
    for (const auto& [key, value, edge] :
         {std::tuple{"since", &filter.since, DayEdge::start}, std::tuple{"until", &filter.until, DayEdge::end}}) {
        if (value->empty()) continue;
        const auto time = to_utc(*value, edge);
        if (!time) return misuse("This is no time: " + *value, "For example 2026-04-01 or 2026-04-01T08:30:00+09:00.");
        arguments[key] = *time;
    }
    if (!filter.person.empty()) arguments["person"] = filter.person;
    if (!filter.card.empty()) arguments["card"] = filter.card;
    if (!filter.result.empty()) arguments["result"] = filter.result;
    return arguments;
}

// Page by page, so that years of events need neither one message nor one moment of the broker.
Outcome<Exit> each_event(Session& session, const Filter& filter, const std::function<void(const Json&)>& take) {
    auto arguments = arguments_of(filter);
    if (!arguments) return tl::unexpected<Failure>(arguments.error());
    for (;;) {
        const auto page = session.query("audit.list", *arguments);
        if (!page) return tl::unexpected<Failure>(page.error());
        const auto& events = items_of(page->json);
        for (const Json& event : events) take(event);
        if (!true_at(page->json, "more") || events.empty()) return Exit::done;
        const std::int64_t last = number_at(events.back(), "seq");
        if (arguments->contains("after") && last <= number_at(*arguments, "after"))
            return refuse("malformed", "The broker's answer is not understood.");
        (*arguments)["after"] = last;
    }
}

using Logins = std::map<std::string, std::string>;

// The trail names people by id, and keeps doing so when their names are deleted; who reads it wants the login.
Logins logins(Session& session) {
    Logins known;
    if (const auto persons = session.query("person.list"))
        for (const Json& person : items_of(persons->json)) known[text_at(person, "id")] = text_at(person, "login");
    return known;
}

std::string render(const Json& events, const Logins& known) {
    const auto login = [&](const Json& event, const char* key) {
        const std::string id = text_at(event, key);
        const auto found = known.find(id);
        return found == known.end() ? id : found->second;
    };
    Table table({tr("NO."), tr("TIME"), tr("WHO"), tr("WHAT"), tr("PERSON"), tr("WHERE"), tr("RESULT"), tr("REASON")});
    for (const Json& event : items_of(events))
        table.add({text_at(event, "seq"), for_people(text_at(event, "time")), login(event, "who"),
                   text_at(event, "what"), login(event, "subject"), text_at(event, "where"),
                   word(text_at(event, "result")), text_at(event, "reason")});
    return table.text();
}

Outcome<Exit> list(Session& session, const Filter& filter) {
    Json all{{"schema", 1}, {"items", Json::array()}};
    auto done = each_event(session, filter, [&](const Json& event) { all["items"].push_back(event); });
    if (!done) return done;
    if (session.format == Format::json)
        session.out(write_json(all) + "\n");
    else
        session.out(render(all, logins(session)));
    return done;
}

Outcome<Exit> export_events(Session& session, const Filter& filter) {
    return each_event(session, filter, [&](const Json& event) { session.out(write_json(event) + "\n"); });
}

// What `audit verify --json` or `status --json` printed some time ago.
Outcome<Json> head_from(const std::string& path) {
    const auto text = read_file(path);
    if (!text) return tl::unexpected<Failure>(text.error());
    const Json kept = parse_json(*text);
    const Json& head = at(kept, "head").is_object() ? at(kept, "head") : kept;
    const std::string hash = text_at(head, "hash");
    if (!at(head, "seq").is_number_unsigned() || hash.empty())
        return refuse("malformed", path + ": no head of an audit trail",
                      "Keep the output of: sekimori audit verify --json");
    return Json{{"seq", at(head, "seq")}, {"hash", hash}};
}

Outcome<Exit> verify(Session& session, const Verify& options) {
    Json arguments = Json::object();
    if (!options.head.empty()) {
        auto head = head_from(options.head);
        if (!head) return tl::unexpected<Failure>(head.error());
        arguments["head"] = std::move(*head);
    }
    auto answer = session.query("audit.verify", arguments);
    if (!answer) return tl::unexpected<Failure>(answer.error());
    const bool good = true_at(answer->json, "ok");
    if (!good) {
        answer->json["error"] = {{"code", "corrupt"},
                                 {"message", text_at(answer->json, "reason")},
                                 {"hint", "Keep this machine as it is, and compare with a copy of the trail."}};
        answer->text = write_json(answer->json);
    }
    session.show(*answer, [good](const Json& result) {
        const Values values{{"seq", text_at(result, "seq")}, {"reason", tr(text_at(result, "reason"))}};
        return fill(good ? tr("The audit trail is whole up to {seq}.")
                         : tr("The audit trail is NOT whole: {seq} is the first bad record. {reason}"),
                    values) +
               "\n";
    });
    return good ? Exit::done : Exit::refused;
}

}  // namespace

void add_audit(CLI::App& root, Session& session) {
    CLI::App* audit = root.add_subcommand("audit", "The audit trail");
    audit->require_subcommand(1);
    const auto listing = add_verb<Filter>(*audit, "list", "Who, what, where, when");
    add_filter(listing);
    on(listing, session, list);
    const auto verifying = add_verb<Verify>(*audit, "verify", "Check that no record was changed or cut out");
    verifying.app->add_option("--head", verifying.options->head, "A head that was kept elsewhere (FILE)");
    on(verifying, session, verify);
    const auto exporting = add_verb<Filter>(*audit, "export", "Every record, one JSON object a line");
    add_filter(exporting);
    on(exporting, session, export_events);
}

}  // namespace sekimori::admin
