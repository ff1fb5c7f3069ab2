// SPDX-License-Identifier: Apache-2.0
#include "admin/report/sections.hpp"

#include <glib.h>

#include <algorithm>
#include <memory>

#include "admin/render.hpp"
#include "admin/report/fleet_sections.hpp"
#include "admin/text.hpp"
#include "admin/times.hpp"

namespace sekimori::admin {
namespace {

std::string days_from(const std::string& rfc3339, int days) {
    const std::unique_ptr<GDateTime, decltype(&g_date_time_unref)> time(
        g_date_time_new_from_iso8601(rfc3339.c_str(), nullptr), g_date_time_unref);
    if (!time) return rfc3339;
    const std::unique_ptr<GDateTime, decltype(&g_date_time_unref)> moved(g_date_time_add_days(time.get(), days),
                                                                         g_date_time_unref);
    const std::unique_ptr<gchar, decltype(&g_free)> text(g_date_time_format(moved.get(), "%Y-%m-%dT%H:%M:%SZ"), g_free);
    return text.get();
}

// The trail names people by id; a month has many rows, and an office many people.
using Logins = std::map<std::string, std::string>;
Logins logins_of(const Facts& facts) {
    Logins logins;
    for (const Json& person : facts.persons) logins[text_at(person, "id")] = text_at(person, "login");
    return logins;
}
std::string login_of(const Logins& logins, const std::string& id) {
    const auto found = logins.find(id);
    return found == logins.end() ? id : found->second;
}

Section terminal(const Facts& facts) {
    Section section{"terminals",
                    tr("Terminals with less than two factors"),
                    tr("Guideline 3(1)2: multi-factor authentication is mandatory; Board of Audit 2020"),
                    Finding::good,
                    {"terminal", "state", "since", "keys", "witness"},
                    {tr("TERMINAL"), tr("STATE"), tr("SINCE"), tr("KEYS"), tr("WITNESS")},
                    {},
                    {}};
    std::string state = tr("two factors");
    if (facts.lab) {
        state = tr("not compliant (laboratory)");
        section.finding = Finding::not_compliant;
    } else if (facts.enforced == Enforcer::State::trial) {
        state = tr("not compliant (trial)");
        section.finding = Finding::not_compliant;
    } else if (facts.enforced == Enforcer::State::off) {
        state = tr("not compliant (not switched on)");
        section.finding = Finding::not_compliant;
    }
    section.rows.push_back({facts.terminal, state, for_people(facts.trial_since),
                            text_at(facts.status, "key_protection"), text_at(facts.status, "witness")});
    section.note = fill(tr("Trial attempts in this month: {n}. They open nothing and never count as compliant."),
                        {{"n", std::to_string(facts.trials)}});
    if (const Json& fleet = at(facts.status, "fleet"); fleet.is_object())
        section.note +=
            " " + fill(tr("This report is about this terminal alone; the fleet has {n}. Of all of them, two commands: "
                          "sekimori-authority trail export, sekimori report --trails."),
                       {{"n", std::to_string(number_at(fleet, "terminals"))}});
    return section;
}

Section persons(const Facts& facts) {
    Section section{"persons",
                    tr("People who cannot show two factors, or by exception need fewer fingers"),
                    tr("Guideline 3(1)2; 6.2"),
                    Finding::good,
                    {"login", "name", "section", "lack"},
                    {tr("LOGIN"), tr("NAME"), tr("SECTION"), tr("LACKS")},
                    {},
                    {}};
    std::set<std::string> usable;
    for (const Json& card : facts.cards)
        if (text_at(card, "state") == "active") usable.insert(text_at(card, "person"));
    for (const Json& person : facts.persons) {
        const auto needed = static_cast<std::size_t>(std::max<std::int64_t>(number_at(person, "min_fingers"), 0));
        const std::size_t fingers = at(person, "fingers").size();
        std::string lack;
        if (!usable.contains(text_at(person, "login"))) lack = tr("card");
        if (fingers < needed)
            lack += (lack.empty() ? "" : ", ") + fill(tr("{n} fingers"), {{"n", std::to_string(needed - fingers)}});
        if (lack.empty() && needed < 2) lack = tr("(exception: one finger is enough)");
        if (lack.empty()) continue;
        section.finding = Finding::attention;
        section.rows.push_back({text_at(person, "login"), text_at(person, "name"), text_at(person, "section"), lack});
    }
    section.note = tr("Who lacks a factor is not let in: nothing opens with one factor.");
    return section;
}

Section sessions(const Facts& facts, const Logins& logins) {
    Section section{
        "sessions",
        tr("Sessions with less than two factors, and fallbacks"),
        tr("Sunagawa: two or more of knowledge, possession, inherence; Guideline 6.2: temporary rights end"),
        Finding::good,
        {"time", "what", "person", "by", "where", "result", "reason"},
        {tr("TIME"), tr("WHAT"), tr("PERSON"), tr("BY"), tr("WHERE"), tr("RESULT"), tr("REASON")},
        {},
        {}};
    for (const Event& event : facts.fallbacks) {
        // Who was let in is who did it; the subject is who gave them the ticket.
        const bool bypass = event.kind == EventKind::bypass;
        section.finding = std::max(section.finding, bypass ? Finding::not_compliant : Finding::attention);
        section.rows.push_back(
            {for_people(event.time), event.what, login_of(logins, bypass ? event.who : event.subject),
             login_of(logins, bypass ? event.subject : event.who), event.where, word(event.result), event.reason});
    }
    section.note =
        fill(tr("{granted} times two factors of different kinds opened a session, a lock or a right; {failed} "
                "attempts failed. Open now: {open}."),
             {{"granted", std::to_string(facts.all.granted)},
              {"failed", std::to_string(facts.all.failed)},
              {"open", std::to_string(facts.sessions.size())}});
    return section;
}

std::string commonest(const Attempts& attempts) {
    std::string name;
    std::uint64_t most = 0;
    for (const auto& [reason, times] : attempts.reasons)
        if (times > most) {
            most = times;
            name = reason;
        }
    return name;
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? "-" : std::to_string(part * 100 / whole) + "%";
}

Record rates(const std::string& name, const Attempts& attempts) {
    return {name,
            std::to_string(attempts.granted),
            std::to_string(attempts.failed),
            std::to_string(attempts.no_match),
            percent(attempts.no_match, attempts.granted + attempts.no_match),
            commonest(attempts)};
}

// More than one rejection in five, and not just bad luck of a day.
bool reads_badly(const Attempts& attempts) {
    return attempts.no_match >= 5 && attempts.no_match * 5 > attempts.granted + attempts.no_match;
}

enum class Of : std::uint8_t { people, places };

Section failures(const Logins& logins, const char* id, const std::string& title, const std::string& head,
                 const std::map<std::string, Attempts>& groups, Of of) {
    const bool people = of == Of::people;
    Section section{id,
                    title,
                    tr("Guideline 6.1(6), 6.2: limits of attempts; reject statistics"),
                    Finding::good,
                    {"name", "granted", "failed", "no_match", "rejected", "commonest"},
                    {head, tr("GRANTED"), tr("FAILED"), tr("NO MATCH"), tr("REJECTED"), tr("COMMONEST REASON")},
                    {},
                    {}};
    for (const auto& [name, attempts] : groups) {
        if (attempts.failed == 0 && people) continue;
        if (reads_badly(attempts)) section.finding = Finding::attention;
        const std::string shown = people ? login_of(logins, name) : name;
        section.rows.push_back(rates(shown.empty() ? tr("(unknown)") : shown, attempts));
    }
    std::ranges::sort(section.rows, [](const Record& a, const Record& b) {
        return std::pair(b[2].size(), b[2]) < std::pair(a[2].size(), a[2]);
    });
    return section;
}

Section cards_out(const Facts& facts) {
    Section section{"cards_not_returned",
                    tr("Cards not returned"),
                    tr("Sunagawa: cards are not shared, and loss is reported at once; card ledger"),
                    Finding::good,
                    {"card", "person", "state", "reason", "enrolled_at"},
                    {tr("CARD"), tr("PERSON"), tr("STATE"), tr("REASON"), tr("ENROLLED")},
                    {},
                    {}};
    for (const Json& card : facts.not_returned) {
        section.finding = Finding::attention;
        section.rows.push_back({text_at(card, "key").substr(0, 16), text_at(card, "person"),
                                word(text_at(card, "state")),
                                true_at(card, "temporary") ? tr("temporary") : word(text_at(card, "reason")),
                                for_people(text_at(card, "enrolled_at"))});
    }
    section.note = tr("A card of this list that is found is noted with: sekimori card return.");
    return section;
}

Section cards_expiring(const Facts& facts, const ReportOptions& options) {
    Section section{"cards_expiring",
                    tr("Cards that expire soon, or have expired"),
                    tr("Guideline 6.2"),
                    Finding::good,
                    {"card", "person", "type", "expires_at"},
                    {tr("CARD"), tr("PERSON"), tr("TYPE"), tr("EXPIRES")},
                    {},
                    {}};
    const std::string limit = days_from(facts.made_at, static_cast<int>(options.expiring_days));
    for (const Json& card : facts.cards) {
        const std::string state = text_at(card, "state");
        const std::string expires = text_at(card, "expires_at");
        if ((state != "active" && state != "expired") || expires.empty() || before(limit, expires)) continue;
        section.finding = Finding::attention;
        section.rows.push_back(
            {text_at(card, "key").substr(0, 16), text_at(card, "person"), text_at(card, "type"), for_people(expires)});
    }
    return section;
}

Section revocations(const Facts& facts, const Logins& logins) {
    Section section{"revocations",
                    tr("Cards and people stopped, and where that is in force"),
                    tr("Sunagawa: access with a lost card is stopped promptly"),
                    Finding::good,
                    {"time", "what", "person", "card", "by", "result", "coverage"},
                    {tr("TIME"), tr("WHAT"), tr("PERSON"), tr("CARD"), tr("BY"), tr("RESULT"), tr("IN FORCE ON")},
                    {},
                    {}};
    const bool alone = !at(facts.status, "fleet").is_object();
    Denials denials(facts);
    for (const Event& event : facts.revocations) {
        const bool done = event.result == "success";
        const std::string coverage = denials.take(event);
        if (!done) section.finding = Finding::attention;
        section.rows.push_back({for_people(event.time), event.what, login_of(logins, event.subject), event.card,
                                login_of(logins, event.who), word(event.result),
                                !coverage.empty() ? coverage
                                : !done           ? "0/1"
                                : alone           ? "1/1"
                                                  : tr("this terminal")});
    }
    denials.add_rest(section);
    std::size_t open = 0;
    for (const Json& card : facts.cards) open += true_at(card, "unconfirmed") ? 1U : 0U;
    if (open > 0) section.finding = std::max(section.finding, Finding::attention);
    if (facts.fleet)
        section.note = denials.missing();
    else if (!alone)
        section.note = tr("Which terminals have confirmed stands in the receipt of each stop.");
    if (open > 0)
        section.note += " " + fill(tr("Suspended by the help desk and confirmed by no officer yet: {n}."),
                                   {{"n", std::to_string(open)}});
    return section;
}

Section unused(const Facts& facts, const ReportOptions& options) {
    const bool whole = facts.fleet.has_value();
    // Of a fleet, one terminal knows its own logins only: whoever works elsewhere would be "never" here.
    const bool of_one = !whole && at(facts.status, "fleet").is_object();
    const std::string days = std::to_string(options.unused_days);
    Section section{"unused",
                    of_one ? fill(tr("Accounts not used on this terminal for {n} days"), {{"n", days}})
                           : fill(tr("Accounts not used for {n} days"), {{"n", days}}),
                    tr("Guideline 6.2: unused accounts are listed"),
                    Finding::good,
                    {"login", "name", "section", "accounts", "last"},
                    {tr("LOGIN"), tr("NAME"), tr("SECTION"), tr("ACCOUNTS"), tr("LAST LOGIN")},
                    {},
                    {}};
    const std::string limit =
        days_from(whole ? facts.fleet->made_at : facts.made_at, -static_cast<int>(options.unused_days));
    const std::string never =
        whole ? fill(tr("not since {time}"), {{"time", for_people(facts.fleet->uses_since)}}) : tr("never");
    for (const Json& person : facts.persons) {
        const auto found = facts.last_granted.find(text_at(person, "id"));
        const std::string last = found == facts.last_granted.end() ? "" : found->second;
        if (!last.empty() && !before(last, limit)) continue;
        if (!of_one) section.finding = Finding::attention;
        section.rows.push_back({text_at(person, "login"), text_at(person, "name"), text_at(person, "section"),
                                joined(texts_at(person, "accounts")), last.empty() ? never : for_people(last)});
    }
    if (of_one) section.note = tr("Logins on other terminals are not known here, and nothing is found by this list.");
    if (whole && before(limit, facts.fleet->uses_since))
        section.note = tr("The file of trails knows no use that is so long ago; it is made with more --days.");
    return section;
}

Section acts(const Facts& facts, const Logins& logins) {
    Section section{"administration",
                    tr("Acts of administrators"),
                    tr("Guideline 6.2: administrators need two factors too; every act under one person's name"),
                    Finding::good,
                    {"who", "what", "times"},
                    {tr("WHO"), tr("WHAT"), tr("TIMES")},
                    {},
                    {}};
    for (const auto& [who, whats] : facts.acts)
        for (const auto& [what, times] : whats)
            section.rows.push_back({login_of(logins, who), what, std::to_string(times)});
    return section;
}

Section trail(const Facts& facts) {
    Section section{"trail",
                    tr("The audit trail itself"),
                    tr("Guideline 6.1(6), 7.1: who, when, where, what, for years; tamper detection"),
                    Finding::good,
                    {"time", "what", "reason"},
                    {tr("TIME"), tr("WHAT"), tr("REASON")},
                    {},
                    {}};
    for (const Event& event : facts.trail) {
        if (event.what == "audit.broken" || event.what == "audit.damaged") section.finding = Finding::not_compliant;
        section.rows.push_back({for_people(event.time), event.what, event.reason});
    }
    section.note = fill(tr("{n} events in this month."), {{"n", std::to_string(facts.events)}});
    if (!facts.fleet && text_at(facts.status, "witness").empty()) {
        section.finding = std::max(section.finding, Finding::attention);
        section.note += " " + tr("No witness keeps the head of the trail: a cut-off end would not be noticed.");
    }
    return section;
}

}  // namespace

Report report_of(const Facts& facts, const ReportOptions& options) {
    const Logins logins = logins_of(facts);
    Report report{facts.month, facts.made_at, facts.terminal, options.language, {}, std::nullopt};
    if (facts.fleet)
        report.terminals = static_cast<std::size_t>(
            std::ranges::count_if(facts.fleet->terminals, [](const FleetTerminal& one) { return one.in_force; }));
    report.sections = {
        facts.fleet ? terminals_of_fleet(facts, terminal(facts)) : terminal(facts),
        persons(facts),
        sessions(facts, logins),
        failures(logins, "failures_by_person", tr("Failures by person"), tr("PERSON"), facts.by_person, Of::people),
        failures(logins, "failures_by_place", tr("Failures by place and sensor"), tr("WHERE"), facts.by_place,
                 Of::places),
        cards_out(facts),
        cards_expiring(facts, options),
        revocations(facts, logins),
        unused(facts, options),
        acts(facts, logins),
        trail(facts)};
    std::string sensors;
    if (const auto* scanners = at(facts.status, "scanners").get_ptr<const Json::array_t*>())
        for (const Json& scanner : *scanners)
            sensors += (sensors.empty() ? "" : ", ") + text_at(scanner, "driver") + " " + text_at(scanner, "usb");
    report.sections[4].note = fill(tr("Sensors: {names}"), {{"names", sensors.empty() ? "-" : sensors}});
    return report;
}

}  // namespace sekimori::admin
