// SPDX-License-Identifier: Apache-2.0
// What the report is made of, as the broker's reading verbs and this machine tell it; the month's events are counted as
// they go by, so that a month of any size fits.
#pragma once

#include <map>
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
};

// Adds one event of audit.list.
void count(Facts& facts, const Json& event);

// Failures: the broker's.
[[nodiscard]] Outcome<Facts> gather(Session& session, const Enforcer& enforcer, const std::string& month);

}  // namespace sekimori::admin
