// SPDX-License-Identifier: Apache-2.0
#include "admin/report/facts.hpp"

#include <glib.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "admin/report/trails.hpp"
#include "admin/times.hpp"
#include "admin/verbs/audit_filter.hpp"

namespace sekimori::admin {
namespace {

// The first day of the month after "2026-12".
std::string month_after(const std::string& month) {
    long year = std::strtol(month.substr(0, 4).c_str(), nullptr, 10);
    long number = std::strtol(month.substr(5, 2).c_str(), nullptr, 10);
    if (++number > 12) {
        number = 1;
        ++year;
    }
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%04ld-%02ld", year, number);
    return text.data();
}

std::string now() {
    const std::unique_ptr<GDateTime, decltype(&g_date_time_unref)> time(g_date_time_new_now_utc(), g_date_time_unref);
    const std::unique_ptr<gchar, decltype(&g_free)> text(g_date_time_format(time.get(), "%Y-%m-%dT%H:%M:%SZ"), g_free);
    return text.get();
}

std::string host() {
    std::array<char, 256> name{};
    return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

void count(Attempts& attempts, const Json& event) {
    const std::string reason = text_at(event, "reason");
    if (text_at(event, "result") == "success") {
        ++attempts.granted;
        return;
    }
    ++attempts.failed;
    ++attempts.reasons[reason];
    if (reason == "no_match" || reason == "wrong_finger") ++attempts.no_match;
}

Outcome<Json::array_t> list_of(Session& session, const char* verb, const Json& arguments) {
    const auto answer = session.list(verb, arguments);
    if (!answer) return tl::unexpected<Failure>(answer.error());
    return items_of(answer->json);
}

Outcome<void> gather_activity(Session& session, Facts& facts) {
    const auto all = session.list("person.activity");
    if (!all) return tl::unexpected<Failure>(all.error());
    for (const Json& one : items_of(all->json)) facts.last_granted[text_at(one, "id")] = text_at(one, "last");
    return {};
}

}  // namespace

bool before(const std::string& a, const std::string& b) { return a.compare(0, 19, b, 0, 19) < 0; }

void count(Facts& facts, const Json& event) {
    ++facts.events;
    const std::string what = text_at(event, "what");
    const std::string who = text_at(event, "who");
    const Event one{text_at(event, "time"),
                    who,
                    what,
                    text_at(event, "subject"),
                    text_at(event, "where"),
                    text_at(event, "result"),
                    text_at(event, "reason"),
                    text_at(event, "card"),
                    kind_of_event(what)};
    switch (one.kind) {
        case EventKind::trial:
            ++facts.trials;
            return;
        case EventKind::attempt:
            count(facts.all, event);
            count(facts.by_person[who], event);
            count(facts.by_place[one.where], event);
            return;
        case EventKind::bypass:
            facts.fallbacks.push_back(one);
            return;
        case EventKind::trail:
            facts.trail.push_back(one);
            return;
        case EventKind::session:
            return;
        case EventKind::fallback:
            facts.fallbacks.push_back(one);
            break;
        case EventKind::stop:
            facts.revocations.push_back(one);
            break;
        case EventKind::other:
            break;
    }
    if (!who.empty()) ++facts.acts[who][what];
}

Outcome<Facts> gather(Session& session, const Enforcer& enforcer, const std::string& month, const std::string& trails) {
    Facts facts;
    facts.month = month;
    facts.made_at = now();
    facts.terminal = host();
    const auto since = to_utc(month + "-01", DayEdge::start);
    const auto until = to_utc(month_after(month) + "-01", DayEdge::start);
    if (!since || !until) return misuse("This is no month: " + month, "For example 2026-04.");
    facts.since = *since;
    facts.until = *until;
    auto status = session.query("status");
    if (!status) return tl::unexpected<Failure>(status.error());
    facts.status = std::move(status->json);
    facts.lab = true_at(facts.status, "lab");
    const Json all = Json::object();
    for (const auto& [member, verb, arguments] : {std::tuple{&Facts::persons, "person.list", all},
                                                  {&Facts::cards, "card.list", all},
                                                  {&Facts::not_returned, "card.ledger", Json{{"not_returned", true}}},
                                                  {&Facts::sessions, "session.list", all}}) {
        auto items = list_of(session, verb, arguments);
        if (!items) return tl::unexpected<Failure>(items.error());
        facts.*member = std::move(*items);
    }
    facts.enforced = enforcer.state();
    facts.trial_since = enforcer.trial_since().value_or("");
    if (!trails.empty()) {
        if (auto read = read_trails(trails, facts); !read) return tl::unexpected<Failure>(read.error());
        return facts;
    }
    if (auto done = gather_activity(session, facts); !done) return tl::unexpected<Failure>(done.error());
    const auto events = each_event(session, Json{{"since", facts.since}, {"until", facts.until}},
                                   [&](const Json& event, const Json&) { count(facts, event); });
    if (!events) return tl::unexpected<Failure>(events.error());
    return facts;
}

}  // namespace sekimori::admin
