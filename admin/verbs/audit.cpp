// SPDX-License-Identifier: Apache-2.0
// sekimori audit list
#include <algorithm>
#include <map>

#include "admin/render.hpp"
#include "admin/table.hpp"
#include "admin/text.hpp"
#include "admin/times.hpp"
#include "admin/verbs/audit_filter.hpp"

namespace sekimori::admin {

void add_audit_filter(const Verb<AuditOptions>& verb) {
    AuditOptions& options = *verb.options;
    verb.app->add_option("--since", options.since, "From then on: 2026-04-01, 2026-04-01T08:30 (JST) or RFC 3339");
    verb.app->add_option("--until", options.until, "Up to then; a day counts whole");
    verb.app->add_option("--person", options.person, "LOGIN or id");
    verb.app->add_option("--card", options.card, "CARD-ID");
    verb.app->add_option("--result", options.result)->check(CLI::IsMember({"success", "failure"}));
    verb.app->add_option("--what", options.what, "login, card.revoke, ...; card for all of card.*");
    verb.app->add_option("--service", options.service, "PAM service: login, sudo, ...");
    verb.app->add_option("--where", options.where, "Terminal, seat or host as recorded");
    verb.app->add_option("--reason", options.reason, "no_match, card_revoked, ...");
}

Outcome<Json> audit_arguments(const AuditOptions& options) {
    Json arguments = Json::object();
    for (const auto& [key, value, edge] :
         {std::tuple{"since", &options.since, DayEdge::start}, std::tuple{"until", &options.until, DayEdge::end}}) {
        if (value->empty()) continue;
        const auto time = to_utc(*value, edge);
        if (!time) return misuse("This is no time: " + *value, "For example 2026-04-01 or 2026-04-01T08:30:00+09:00.");
        arguments[key] = *time;
    }
    for (const auto& [key, value] : {std::pair{"person", &options.person},
                                     {"card", &options.card},
                                     {"result", &options.result},
                                     {"what", &options.what},
                                     {"service", &options.service},
                                     {"where", &options.where},
                                     {"reason", &options.reason}})
        if (!value->empty()) arguments[key] = *value;
    return arguments;
}

Outcome<Exit> each_event(Session& session, Json arguments,
                         const std::function<void(const Json& event, const Json& page)>& take) {
    for (;;) {
        const auto page = session.query("audit.list", arguments);
        if (!page) return tl::unexpected<Failure>(page.error());
        const auto& events = items_of(page->json);
        for (const Json& event : events) take(event, page->json);
        if (!true_at(page->json, "more")) return Exit::done;
        const std::int64_t last = at(page->json, "next").is_number() || events.empty()
                                      ? number_at(page->json, "next")
                                      : number_at(events.back(), "seq");
        if (last <= number_at(arguments, "after")) return refuse("malformed", "The broker's answer is not understood.");
        arguments["after"] = last;
    }
}

namespace {

using Logins = std::map<std::string, std::string>;

// The trail names people by id, and keeps doing so when their names are deleted; who reads it wants the login.
Logins logins(Session& session) {
    Logins known;
    if (const auto persons = session.list("person.list"))
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

// The newest ones, read from the end.
Outcome<Exit> newest(Session& session, Json arguments, unsigned count, Json& items) {
    arguments["newest"] = true;
    while (items.size() < count) {
        arguments["limit"] = std::min<std::size_t>(count - items.size(), 1000);
        const auto page = session.query("audit.list", arguments);
        if (!page) return tl::unexpected<Failure>(page.error());
        for (const Json& event : items_of(page->json)) items.push_back(event);
        if (!true_at(page->json, "more")) break;
        const std::int64_t next = number_at(page->json, "next");
        if (next <= 1 || (arguments.contains("before") && next >= number_at(arguments, "before"))) break;
        arguments["before"] = next;
    }
    std::reverse(items.begin(), items.end());
    return Exit::done;
}

Outcome<Exit> list(Session& session, const AuditOptions& options) {
    const auto arguments = audit_arguments(options);
    if (!arguments) return tl::unexpected<Failure>(arguments.error());
    Json all{{"schema", 1}, {"items", Json::array()}};
    auto done = options.last > 0 ? newest(session, *arguments, options.last, all["items"])
                                 : each_event(session, *arguments,
                                              [&](const Json& event, const Json&) { all["items"].push_back(event); });
    if (!done) return done;
    if (session.format == Format::json)
        session.out(write_json(all) + "\n");
    else
        session.out(render(all, logins(session)));
    return done;
}

}  // namespace

void add_audit(CLI::App& root, Session& session) {
    CLI::App* audit = root.add_subcommand("audit", "The audit trail");
    audit->require_subcommand(1);
    const auto listing = add_verb<AuditOptions>(*audit, "list", "Who, what, where, when");
    add_audit_filter(listing);
    listing.app->add_option("--last", listing.options->last, "Only so many of the newest")
        ->check(CLI::Range(1U, 100'000U));
    on(listing, session, list);
    add_audit_verify(*audit, session);
    add_audit_export(*audit, session);
}

}  // namespace sekimori::admin
