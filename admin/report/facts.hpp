// SPDX-License-Identifier: Apache-2.0
// What the report is made of, as the broker's reading verbs and this machine tell it; the month's events are counted as
// they go by, so that a month of any size fits.
#pragma once

#include <map>
#include <optional>
#include <set>

#include "admin/enforcer.hpp"
#include "admin/session.hpp"
#include "core/event_kind.hpp"

namespace sekimori::admin {

struct Attempts {
    std::uint64_t granted{}, failed{}, no_match{};
    std::map<std::string, std::uint64_t> reasons;
};
struct Event {  // of those that are listed one by one
    std::string time, who, what, subject, where, result, reason, card;
    EventKind kind{};
};
struct FleetTerminal {
    std::string id, name, seen, time, why;  // seen: by the server; time: of its last row; why it is not verified
    bool in_force{}, verified{};
    std::uint64_t events{}, trials{};
};
struct FleetDenial {
    std::string what, subject, time;
    std::int64_t confirmed{}, terminals{};
    std::vector<std::string> missing;  // names, of some of them
};
struct Fleet {
    std::string ledger, made_at, uses_since;
    std::vector<FleetTerminal> terminals;
    std::vector<FleetDenial> denials;
    std::size_t named{0};  // terminals in those
};
struct Facts {
    std::string month, since, until, made_at, terminal;  // times RFC 3339 UTC
    Json status;
    Json::array_t persons, cards, not_returned, sessions;
    std::map<std::string, std::string> last_granted;  // by person id; "": never
    Enforcer::State enforced{Enforcer::State::off};
    std::string trial_since;
    bool lab{false};

    Attempts all;
    std::map<std::string, Attempts> by_person;  // by id; "": unknown
    std::map<std::string, Attempts> by_place;
    std::map<std::string, std::map<std::string, std::uint64_t>> acts;  // administrators' id -> what -> count
    std::vector<Event> fallbacks, revocations, trail;
    std::uint64_t trials{}, events{};
    std::optional<Fleet> fleet;  // set: events and last uses are those of all its terminals (trails.hpp)
};

// Of two RFC 3339 times in UTC, to the second: the texts compare like the times.
[[nodiscard]] bool before(const std::string& a, const std::string& b);

// Adds one event of audit.list.
void count(Facts& facts, const Json& event);

// `trails`: the file of the whole fleet; "": this terminal's own trail. Failures: the broker's; read_trails().
[[nodiscard]] Outcome<Facts> gather(Session& session, const Enforcer& enforcer, const std::string& month,
                                    const std::string& trails);

}  // namespace sekimori::admin
