// SPDX-License-Identifier: Apache-2.0
#include "admin/report/trails.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>

#include "admin/files.hpp"

namespace sekimori::admin {
namespace {

const char* const kHint = "Make it anew with: sekimori-authority trail export";

tl::unexpected<Failure> malformed(const std::string& what) {
    return refuse("malformed", "The file of trails is not understood: " + what, kHint);
}

// "2026-04-01T00:00:00.000Z", so that texts compare like the times.
bool is_time(const std::string& text) {
    constexpr std::string_view shape = "0000-00-00T00:00:00.000Z";
    return text.size() == shape.size() && std::ranges::equal(text, shape, [](char c, char like) {
               return like == '0' ? c >= '0' && c <= '9' : c == like;
           });
}
bool is_id(const std::string& text) {
    return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}
bool is_name(const std::string& text) { return !text.empty() && text.size() <= 128; }
bool absent(const Json& line, const char* key) { return at(line, key).is_null(); }

std::size_t kept(const Facts& facts) {
    return facts.by_person.size() + facts.by_place.size() + facts.acts.size() + facts.fallbacks.size() +
           facts.revocations.size() + facts.trail.size() + facts.last_granted.size() + facts.fleet->terminals.size() +
           facts.fleet->denials.size() + facts.fleet->named;
}

// Names that are counted under a person or a place.
std::size_t names_under(const Facts& facts, const std::string& who, const std::string& where) {
    std::size_t names = facts.all.reasons.size();
    if (const auto at = facts.by_person.find(who); at != facts.by_person.end()) names += at->second.reasons.size();
    if (const auto at = facts.by_place.find(where); at != facts.by_place.end()) names += at->second.reasons.size();
    if (const auto at = facts.acts.find(who); at != facts.acts.end()) names += at->second.size();
    return names;
}

}  // namespace

Outcome<void> TrailsReader::take(const std::string& text) {
    const Json line = parse_json(text);
    if (!line.is_object() || ended_) return malformed("line " + std::to_string(lines_ + 1));
    const std::string type = text_at(line, "type");
    Outcome<void> taken;
    if ((lines_ == 0) != (type == "trails")) {
        taken = malformed("it does not begin as one");
    } else if (type == "trails") {
        taken = take_header(line);
    } else if (type == "event") {
        taken = take_event(line);
    } else if (type == "terminal") {
        taken = take_terminal(line);
    } else if (events_ != 0) {
        taken = malformed("events of no terminal");
    } else if (type == "denial") {
        taken = take_denial(line);
    } else if (type == "use") {
        taken = take_use(line);
    } else if (type == "end" && number_at(line, "lines") == lines_) {
        ended_ = true;
    } else {
        taken = malformed("line " + std::to_string(lines_ + 1));
    }
    if (!taken) return taken;
    ++lines_;
    if (kept(facts_) + names_ > most_) return refuse("too_large", "The file of trails names too much to be held.");
    return {};
}

Outcome<void> TrailsReader::take_header(const Json& line) {
    Fleet& fleet = *facts_.fleet;
    fleet.ledger = text_at(line, "ledger");
    fleet.made_at = text_at(line, "made_at");
    fleet.uses_since = text_at(line, "uses_since");
    if (number_at(line, "schema") != 1 || !is_id(fleet.ledger) || !is_time(fleet.made_at) || !is_time(fleet.uses_since))
        return malformed("its header");
    if (text_at(line, "month") != facts_.month)
        return refuse("mismatch", "The file of trails is about another month than " + facts_.month + ".", kHint);
    return {};
}

Outcome<void> TrailsReader::take_event(const Json& line) {
    const std::string terminal = text_at(line, "terminal");
    const std::string time = text_at(line, "time");
    if (events_++ != 0 && terminal != of_) return malformed("events of two terminals at once");
    of_ = terminal;
    if (!is_name(terminal) || !is_time(time) || before(time, facts_.since) || !before(time, facts_.until) ||
        text_at(line, "what").size() > 64 || text_at(line, "where").size() > 128 ||
        text_at(line, "reason").size() > 128)
        return malformed("an event");
    for (const char* key : {"who", "card", "subject"})
        if (!absent(line, key) && !is_id(text_at(line, key))) return malformed("an event");
    Json event = line;
    const std::string who = text_at(line, "who");
    const std::string where = terminal + ": " + text_at(line, "where");
    event["where"] = where;
    const std::uint64_t trials = facts_.trials;
    const std::size_t names = names_under(facts_, who, where);
    count(facts_, event);
    trials_ += facts_.trials - trials;
    names_ += names_under(facts_, who, where) - names;
    return {};
}

Outcome<void> TrailsReader::take_terminal(const Json& line) {
    FleetTerminal one{text_at(line, "id"),
                      text_at(line, "name"),
                      text_at(line, "seen_at"),
                      text_at(line, "time"),
                      text_at(line, "why"),
                      text_at(line, "standing") != "revoked",
                      true_at(line, "verified"),
                      events_,
                      trials_};
    const bool others = events_ != 0 && (one.name != of_ || !one.verified);
    if (!is_id(one.id) || !is_name(one.name) || one.why.size() > 256 || others ||
        number_at(line, "events") != static_cast<std::int64_t>(events_) || (one.verified && !is_time(one.time)) ||
        (!one.seen.empty() && !is_time(one.seen)))
        return malformed("a terminal");
    events_ = trials_ = 0;
    if (one.in_force && one.id == text_at(at(facts_.status, "fleet"), "terminal")) member_ = true;
    facts_.fleet->terminals.push_back(std::move(one));
    return {};
}

Outcome<void> TrailsReader::take_denial(const Json& line) {
    FleetDenial one{text_at(line, "what"),        text_at(line, "subject"),     text_at(line, "time"),
                    number_at(line, "confirmed"), number_at(line, "terminals"), texts_at(line, "missing")};
    if (one.what.size() > 64 || !is_id(one.subject) || !is_time(one.time) || one.confirmed < 0 ||
        one.confirmed > one.terminals || !std::ranges::all_of(one.missing, is_name))
        return malformed("a denial");
    facts_.fleet->named += one.missing.size();
    facts_.fleet->denials.push_back(std::move(one));
    return {};
}

Outcome<void> TrailsReader::take_use(const Json& line) {
    const std::string person = text_at(line, "person");
    const std::string last = text_at(line, "last");
    if (!is_id(person) || !is_time(last)) return malformed("a last use");
    facts_.last_granted[person] = last;
    return {};
}

Outcome<void> TrailsReader::end() {
    if (!ended_) return malformed("its end is missing");
    if (!member_)
        return refuse("mismatch", "The file of trails is not of this terminal's fleet.",
                      "Make the report on a terminal of that fleet.");
    const auto by_time = [](const Event& a, const Event& b) { return a.time < b.time; };
    for (auto* events : {&facts_.fallbacks, &facts_.revocations, &facts_.trail})
        std::ranges::stable_sort(*events, by_time);
    return {};
}

Outcome<void> read_trails(const std::string& path, Facts& facts) {
    auto fd = open_file(path);
    if (!fd) return tl::unexpected<Failure>(fd.error());
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(fdopen(fd->release(), "r"), fclose);
    if (!file) return refuse("io", path + ": cannot be read");
    TrailsReader reader(facts);
    std::string line;
    for (int c = 0; (c = std::getc(file.get())) != EOF;) {
        if (c != '\n') {
            line += static_cast<char>(c);
            if (line.size() > kMaxTrailsLine) return malformed("a line is too long");
            continue;
        }
        if (auto taken = reader.take(line); !taken) return taken;
        line.clear();
    }
    if (std::ferror(file.get()) != 0) return refuse("io", path + ": cannot be read");
    if (!line.empty()) return malformed("its last line is not whole");
    return reader.end();
}

}  // namespace sekimori::admin
