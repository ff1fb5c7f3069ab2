// SPDX-License-Identifier: Apache-2.0
#include "daemon/admin/query.hpp"

#include <array>
#include <set>

#include "daemon/admin/listings.hpp"
#include "daemon/policy/policy_json.hpp"
#include "daemon/session/sessions.hpp"

namespace sekimori::daemon {
namespace {

Reply status(Broker& broker, Arguments& arguments) {
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    return status_json(broker);
}

Reply person_list(Broker& broker, Arguments& arguments) {
    const auto days = arguments.optional_number("unused", 1, 3660);
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    const Millis now = broker.clock.now().wall;
    Json items = Json::array();
    for (const PersonRecord& person : broker.store.persons()) {
        // Whoever never came counts as unused from the first day.
        const Millis last = broker.store.last_use(person.id).value_or(LastUse{}).wall;
        if (days && now - last < std::chrono::hours{24 * static_cast<std::int64_t>(*days)}) continue;
        items.push_back(json_of(broker, person));
    }
    return list_of(std::move(items));
}

Reply person_show(Broker& broker, Arguments& arguments) {
    const std::string login = arguments.text("login");
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    const auto person = find_person(broker.store, login);
    if (!person) return tl::unexpected<Refusal>(person.error());
    return json_of(broker, *person);
}

Reply card_list(Broker& broker, Arguments& arguments) {
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    Json items = Json::array();
    for (const CardRecord& card : broker.store.cards()) items.push_back(json_of(broker, card));
    return list_of(std::move(items));
}

Reply session_list(Broker& broker, Arguments& arguments) {
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    Json items = Json::array();
    std::set<std::string> tracked;
    if (broker.sessions != nullptr)
        for (const auto& one : broker.sessions->list()) {
            tracked.insert(one.bound.id);
            items.push_back(json_of(broker, one.bound, one.state));
        }
    for (const BoundSession& session : broker.grants.sessions())
        if (!tracked.contains(session.id)) items.push_back(json_of(broker, session, "active"));
    return list_of(std::move(items));
}

std::optional<Refusal> read_filter(const Broker& broker, Arguments& arguments, AuditFilter& filter) {
    for (auto [key, member] : {std::pair{"since", &AuditFilter::since}, {"until", &AuditFilter::until}}) {
        const auto text = arguments.optional_text(key);
        if (!text) continue;
        const auto time = parse_time(*text);
        if (!time) return Refusal{"invalid_argument", std::string(key) + " is not a time", "2026-04-01T00:00:00Z"};
        filter.*member = time;
    }
    if (const auto text = arguments.optional_text("person")) {
        const auto person = broker.store.person_by_login(*text);
        filter.person = person ? std::optional(person->id) : PersonId::parse(*text);
        if (!filter.person) return Refusal{"not_found", "no person '" + *text + "'", ""};
    }
    if (const auto text = arguments.optional_text("card")) {
        const auto card = find_card(broker.store, *text);
        if (!card) return card.error();
        filter.card = card->id;
    }
    if (const auto text = arguments.optional_text("result")) {
        if (*text != "success" && *text != "failure")
            return Refusal{"invalid_argument", "result must be success or failure", ""};
        filter.success = *text == "success";
    }
    filter.after_seq = arguments.optional_number("after", 0, ~std::uint64_t{0} >> 1).value_or(0);
    filter.limit = static_cast<std::size_t>(arguments.optional_number("limit", 1, 1000).value_or(1000));
    return arguments.problem();
}

Reply audit_list(Broker& broker, Arguments& arguments) {
    AuditFilter filter;
    if (const auto problem = read_filter(broker, arguments, filter)) return tl::unexpected<Refusal>(*problem);
    const std::size_t asked = filter.limit++;  // one more tells whether there is more
    auto rows = broker.store.audit(filter);
    if (!rows) return refuse(rows.error());
    const bool more = rows->size() > asked;
    Json items = Json::array();
    for (std::size_t i = 0; i < rows->size() && i < asked; ++i) items.push_back(json_of(broker, (*rows)[i]));
    return whole({{"items", std::move(items)}, {"more", more}});
}

Reply audit_verify(Broker& broker, Arguments& arguments) {
    const Json head = arguments.object("head");
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    std::optional<std::string> kept;
    if (!head.empty()) {
        if (!head.contains("hash") || !head["hash"].is_string())
            return refuse(ErrorCode::invalid_argument, "head needs a hash");
        kept = head["hash"].get<std::string>();
    }
    const auto check = broker.store.verify_audit(kept);
    if (!check) return refuse(check.error());
    if (check->first_bad) return whole({{"ok", false}, {"seq", *check->first_bad}, {"reason", check->message}});
    return whole({{"ok", true}, {"seq", check->events}, {"hash", check->head}});
}

Reply policy_show(Broker& broker, Arguments& arguments) {
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    broker.refresh_policy();  // one with an effective date may have come into force
    return whole({{"id", policy_id(broker)},
                  {"effective_at", time_or_null(broker.store.policy_since())},
                  {"policy", Json::parse(write_policy(broker.policy), nullptr, false)}});
}

Reply policy_check(Broker&, Arguments& arguments) {
    const std::string text = arguments.text("policy", 64 * 1024);
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    const auto policy = parse_policy(text);
    if (!policy) return refuse(policy.error());
    return whole({{"ok", true}});
}

constexpr std::array kVerbs{
    QueryVerb{"status", Access::everybody, status},
    QueryVerb{"person.list", Access::readers, person_list},
    QueryVerb{"person.show", Access::readers, person_show},
    QueryVerb{"card.list", Access::readers, card_list},
    QueryVerb{"card.ledger", Access::readers, card_ledger},
    QueryVerb{"code.list", Access::readers, code_list},
    QueryVerb{"exempt.list", Access::readers, exempt_list},
    QueryVerb{"break-glass.list", Access::readers, break_glass_list},
    QueryVerb{"session.list", Access::readers, session_list},
    QueryVerb{"audit.list", Access::readers, audit_list},
    QueryVerb{"audit.verify", Access::readers, audit_verify},
    QueryVerb{"media.list", Access::readers, media_list},
    QueryVerb{"media.seen", Access::readers, media_seen},
    QueryVerb{"policy.show", Access::everybody, policy_show},
    QueryVerb{"policy.check", Access::everybody, policy_check},
};

}  // namespace

const QueryVerb* find_query(std::string_view name) noexcept {
    for (const QueryVerb& verb : kVerbs)
        if (verb.name == name) return &verb;
    return nullptr;
}

tl::expected<CardRecord, Refusal> find_card(const Store& store, const std::string& text) {
    std::optional<CardRecord> found;
    for (const CardRecord& card : store.cards()) {
        const std::string key = card.key.hex();
        if (card.id.hex() != text && key != text && (text.size() != 16 || !key.starts_with(text))) continue;
        if (found) return refuse(ErrorCode::refused, "two cards begin like that", "name the card's id");
        found = card;
    }
    if (!found) return refuse(ErrorCode::not_found, "no such card", "sekimori card list");
    return *found;
}

tl::expected<PersonRecord, Refusal> find_person(const Store& store, const std::string& login) {
    auto person = store.person_by_login(login);
    if (!person) return refuse(ErrorCode::not_found, "no person '" + login + "'", "sekimori person list");
    return *person;
}

}  // namespace sekimori::daemon
