// SPDX-License-Identifier: Apache-2.0
#include "admin/report/fleet_sections.hpp"

#include <algorithm>

#include "admin/render.hpp"
#include "admin/text.hpp"
#include "admin/times.hpp"

namespace sekimori::admin {
namespace {

// What is worst about one of them, and how bad that is. What is switched on there, only that terminal itself knows.
std::pair<std::string, Finding> state_of(const FleetTerminal& one, const Facts& facts, const Section& own) {
    if (!one.in_force) return {tr("revoked"), Finding::good};
    if (!one.verified) return {fill(tr("NOT VERIFIED: {why}"), {{"why", one.why}}), Finding::not_compliant};
    if (one.id == text_at(at(facts.status, "fleet"), "terminal") && own.finding != Finding::good)
        return {own.rows.front()[1], own.finding};
    if (one.trials > 0) return {tr("not compliant (trial)"), Finding::not_compliant};
    if (one.events == 0) return {tr("nothing in this month"), Finding::attention};
    return {tr("verified"), Finding::good};
}

}  // namespace

Section terminals_of_fleet(const Facts& facts, const Section& own) {
    Section section{own.id,
                    own.title,
                    own.clause,
                    Finding::good,
                    {"terminal", "state", "seen_at", "trail_until", "events"},
                    {tr("TERMINAL"), tr("STATE"), tr("SEEN"), tr("TRAIL UNTIL"), tr("EVENTS")},
                    {},
                    {}};
    for (const FleetTerminal& one : facts.fleet->terminals) {
        const auto [state, finding] = state_of(one, facts, own);
        section.finding = std::max(section.finding, finding);
        section.rows.push_back(
            {one.name, state, for_people(one.seen), for_people(one.time), std::to_string(one.events)});
    }
    section.note = fill(tr("Trial attempts in this month: {n}. They open nothing and never count as compliant."),
                        {{"n", std::to_string(facts.trials)}}) +
                   " " +
                   fill(tr("Trails as the fleet's authority verified them at {time}. Whether a terminal is a "
                           "laboratory or was never switched on stands in its own report."),
                        {{"time", for_people(facts.fleet->made_at)}});
    return section;
}

Denials::Denials(const Facts& facts) {
    if (!facts.fleet) return;
    for (const FleetTerminal& one : facts.fleet->terminals) names_[one.id] = one.name;
    for (const FleetDenial& one : facts.fleet->denials)
        if (one.what != "withdraw") of_[one.subject].push_back({&one});
}

std::string Denials::take(const Event& event) {
    auto found = of_.find(event.card);
    if (found == of_.end()) found = of_.find(event.subject);
    if (found == of_.end() || event.result != "success") return "";
    Known* nearest = nullptr;
    for (Known& one : found->second) {
        nearest = &one;
        if (!before(one.denial->time, event.time)) break;
    }
    nearest->told = true;
    return coverage(*nearest->denial);
}

void Denials::add_rest(Section& section) {
    for (const auto& [subject, all] : of_)
        for (const Known& one : all) {
            if (one.told) continue;
            const auto name = names_.find(subject);
            section.rows.push_back({for_people(one.denial->time), one.denial->what, "",
                                    name == names_.end() ? subject : name->second, "", "", coverage(*one.denial)});
        }
    if (short_) section.finding = std::max(section.finding, Finding::attention);
}

std::string Denials::missing() const {
    if (missing_.empty()) return "";
    return fill(tr("Not confirmed by: {names}."), {{"names", joined({missing_.begin(), missing_.end()})}});
}

std::string Denials::coverage(const FleetDenial& denial) {
    short_ = short_ || denial.confirmed < denial.terminals;
    missing_.insert(denial.missing.begin(), denial.missing.end());
    return std::to_string(denial.confirmed) + "/" + std::to_string(denial.terminals);
}

}  // namespace sekimori::admin
