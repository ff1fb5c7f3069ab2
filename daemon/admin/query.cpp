// SPDX-License-Identifier: Apache-2.0
#include "daemon/admin/query.hpp"

#include <array>
#include <set>

#include "daemon/admin/activity.hpp"
#include "daemon/admin/audit_query.hpp"
#include "daemon/admin/choose_person.hpp"
#include "daemon/admin/listings.hpp"
#include "daemon/admin/page.hpp"
#include "daemon/admin/people_index.hpp"
#include "daemon/admin/station.hpp"
#include "daemon/policy/policy_json.hpp"
#include "daemon/session/sessions.hpp"

namespace sekimori::daemon {
namespace {

Reply status(Broker& broker, Arguments& arguments) {
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    return status_json(broker);
}

Reply person_list(Broker& broker, Arguments& arguments) {
    const std::string after = arguments.optional_text("after").value_or("");
    const auto days = arguments.optional_number("unused", 1, 3660);
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    const Millis now = broker.clock.now().wall;
    Page page;
    each_person(broker.store, after, [&](const PersonRecord& person) {
        // Whoever never came counts as unused from the first day.
        if (days && now - broker.store.last_use(person.id).value_or(LastUse{}).wall <
                        std::chrono::hours{24 * static_cast<std::int64_t>(*days)})
            return true;
        return page.add(person.login, [&] { return json_of(broker, person); });
    });
    return std::move(page).whole();
}

Reply person_show(Broker& broker, Arguments& arguments) {
    const PersonChoice choice = read_choice(arguments);
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    const auto person = choose_person(broker.store, choice);
    if (!person) return tl::unexpected<Refusal>(person.error());
    return json_of(broker, *person);
}

Reply card_list(Broker& broker, Arguments& arguments) {
    const std::string after = arguments.optional_text("after").value_or("");
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    Page page;
    each_card(broker.store, after,
              [&](const CardRecord& card) { return page.add(card.id.hex(), [&] { return json_of(broker, card); }); });
    return std::move(page).whole();
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
    if (const auto record = write_policy_record(*policy); !record) return refuse(record.error());
    return whole({{"ok", true}});
}

constexpr std::array kVerbs{
    QueryVerb{"status", Access::everybody, status},
    QueryVerb{"person.list", Access::readers, person_list},
    QueryVerb{"person.show", Access::readers, person_show},
    QueryVerb{"person.activity", Access::readers, person_activity},
    QueryVerb{"enrol.queue", Access::readers, enrol_queue},
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
    QueryVerb{"fleet.status", Access::everybody, fleet_status},
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
    bool two = false;
    if (const auto id = CardId::parse(text)) found = store.card(*id);
    if (!found)
        each_card(store, "", [&](const CardRecord& card) {
            const std::string key = card.key.hex();
            if (key != text && (text.size() != 16 || !key.starts_with(text))) return true;
            two = found.has_value();
            found = card;
            return !two;
        });
    if (two) return refuse(ErrorCode::refused, "two cards begin like that", "name the card's id");
    if (!found) return refuse(ErrorCode::not_found, "no such card", "sekimori card list");
    return *found;
}

tl::expected<PersonRecord, Refusal> find_person(const Store& store, const std::string& login) {
    auto person = store.person_by_login(login);
    if (!person) return refuse(ErrorCode::not_found, "no person '" + login + "'", "sekimori person list");
    return *person;
}

}  // namespace sekimori::daemon
