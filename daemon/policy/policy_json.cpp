// SPDX-License-Identifier: Apache-2.0
#include "daemon/policy/policy_json.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ledger/bodies.hpp"

namespace sekimori::daemon {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxText = 64 * 1024;
constexpr std::size_t kMaxRules = 100;
constexpr std::size_t kMaxGroups = 100;
constexpr std::size_t kMaxRecord = std::get<0>(PolicyBody::kFields).max;

tl::unexpected<Error> bad(const std::string& what) { return fail(ErrorCode::malformed, "policy: " + what); }

// The value of a text key, or the fallback where the key is absent.
Result<std::string> text(const Json& object, const char* key, std::string fallback) {
    const auto found = object.find(key);
    if (found == object.end()) return fallback;
    if (!found->is_string() || found->get_ref<const std::string&>().size() > 256)
        return bad(std::string(key) + " must be a text");
    return found->get<std::string>();
}

// Sees every key as it is parsed: of two with one name a reader believes the one and the library keeps the other.
struct UniqueKeys {
    bool operator()(int, Json::parse_event_t event, const Json& parsed) {
        if (event == Json::parse_event_t::object_start) open.emplace_back();
        if (event == Json::parse_event_t::object_end) open.pop_back();
        if (event == Json::parse_event_t::key && !open.back().insert(parsed.get<std::string>()).second)
            repeated = parsed.get<std::string>();
        return true;
    }
    std::vector<std::set<std::string>> open;
    std::optional<std::string> repeated;
};

template <std::size_t N>
Status only(const Json& object, const std::array<const char*, N>& keys, const std::string& where) {
    for (const auto& [key, value] : object.items())
        if (std::none_of(keys.begin(), keys.end(), [&](const char* known) { return key == known; }))
            return bad(where + ": unknown key '" + key + "'");
    return {};
}

// What becomes of sessions: every key may be absent.
struct SessionKey {
    const char* name;
    Millis SessionPolicy::*member;
    std::uint32_t most;  // seconds
    std::uint32_t least{0};
};
constexpr std::array kSessionKeys{SessionKey{"grace_seconds", &SessionPolicy::grace, 60},
                                  SessionKey{"idle_seconds", &SessionPolicy::idle, 24 * 3600},
                                  SessionKey{"logoff_after_seconds", &SessionPolicy::logoff_after, 7 * 24 * 3600},
                                  SessionKey{"left_behind_seconds", &SessionPolicy::left_behind, 24 * 3600},
                                  SessionKey{"fallback_idle_seconds", &SessionPolicy::fallback_idle, 3600, 1}};

Result<SessionPolicy> session_of(const Json& json) {
    SessionPolicy session;
    const auto found = json.find("session");
    if (found == json.end()) return session;
    if (!found->is_object()) return bad("session must be an object");
    if (auto status = only(*found,
                           std::array{"on_removal", kSessionKeys[0].name, kSessionKeys[1].name, kSessionKeys[2].name,
                                      kSessionKeys[3].name, kSessionKeys[4].name},
                           "session");
        !status)
        return tl::unexpected<Error>(status.error());
    const auto removal = text(*found, "on_removal", "lock");
    if (!removal || (*removal != "lock" && *removal != "logoff")) return bad("on_removal must be lock or logoff");
    session.on_removal = *removal == "logoff" ? OnRemoval::logoff : OnRemoval::lock;
    for (const SessionKey& key : kSessionKeys) {
        const auto value = found->find(key.name);
        if (value == found->end()) continue;
        if (!value->is_number_unsigned() || value->get<std::uint64_t>() > key.most ||
            value->get<std::uint64_t>() < key.least)
            return bad(std::string(key.name) + " must be a number of seconds from " + std::to_string(key.least) +
                       " to " + std::to_string(key.most));
        session.*(key.member) = std::chrono::seconds{value->get<std::uint32_t>()};
    }
    return session;
}

// How long a fleet's terminal may be out of touch: of each key that is absent, what `age` says.
Result<FreshnessPolicy> age_of(const Json& object, FreshnessPolicy age, const std::string& where) {
    const auto hours = [&](const char* key, std::uint32_t least, Millis& into) -> Status {
        const auto value = object.find(key);
        if (value == object.end()) return {};
        if (!value->is_number_unsigned() || value->get<std::uint64_t>() > kMaxOfflineHours ||
            value->get<std::uint64_t>() < least)
            return bad(where + ": " + key + " must be a number of hours from " + std::to_string(least) + " to " +
                       std::to_string(kMaxOfflineHours));
        into = std::chrono::hours{value->get<std::uint32_t>()};
        return {};
    };
    if (auto read = hours("max_hours", 1, age.most); !read) return tl::unexpected<Error>(read.error());
    if (auto read = hours("certificate_hours", 0, age.certificate); !read) return tl::unexpected<Error>(read.error());
    const auto past = text(object, "past", age.past == PastMax::certificate ? "certificate" : "deny");
    if (!past || (*past != "deny" && *past != "certificate")) return bad(where + ": past must be deny or certificate");
    age.past = *past == "certificate" ? PastMax::certificate : PastMax::deny;
    return age;
}

Result<OfflinePolicy> offline_of(const Json& json) {
    OfflinePolicy offline;
    const auto found = json.find("offline");
    if (found == json.end()) return offline;
    if (!found->is_object()) return bad("offline must be an object");
    if (auto status = only(*found, std::array{"max_hours", "past", "certificate_hours", "groups"}, "offline"); !status)
        return tl::unexpected<Error>(status.error());
    auto all = age_of(*found, offline.all, "offline");
    if (!all) return tl::unexpected<Error>(all.error());
    offline.all = *all;
    const auto groups = found->find("groups");
    if (groups == found->end()) return offline;
    if (!groups->is_object() || groups->size() > kMaxGroups) return bad("offline: groups must be an object");
    for (const auto& [name, object] : groups->items()) {
        const std::string where = "offline: group '" + name + "'";
        const auto group = GroupId::parse(name);
        if (!group || !group->valid()) return bad(where + ": not the id of a group");
        if (!object.is_object()) return bad(where + " must be an object");
        if (auto status = only(object, std::array{"max_hours", "past", "certificate_hours"}, where); !status)
            return tl::unexpected<Error>(status.error());
        auto age = age_of(object, offline.all, where);
        if (!age) return tl::unexpected<Error>(age.error());
        // Of two ways to write one id.
        if (!offline.groups.emplace(*group, *age).second) return bad(where + " is there twice");
    }
    return offline;
}

Json json_of(const FreshnessPolicy& age) {
    const auto hours = [](Millis time) { return std::chrono::duration_cast<std::chrono::hours>(time).count(); };
    return {{"max_hours", hours(age.most)},
            {"past", age.past == PastMax::certificate ? "certificate" : "deny"},
            {"certificate_hours", hours(age.certificate)}};
}

Result<PolicyRule> rule_of(const Json& object, std::size_t number) {
    const std::string where = "rule " + std::to_string(number);
    if (!object.is_object()) return bad(where + " must be an object");
    if (auto status = only(object, std::array{"service", "group", "terminal", "allow"}, where); !status)
        return tl::unexpected<Error>(status.error());
    PolicyRule rule;
    for (auto [key, member] : {std::pair{"service", &PolicyRule::service},
                               {"group", &PolicyRule::group},
                               {"terminal", &PolicyRule::terminal}}) {
        auto value = text(object, key, "*");
        if (!value || value->empty()) return bad(where + ": " + key + " must be a name or \"*\"");
        rule.*member = *value;
    }
    const auto allow = object.find("allow");
    if (allow == object.end() || !allow->is_array() || allow->size() > 16)
        return bad(where + ": allow must be a list of factor sets");
    for (const Json& item : *allow) {
        if (!item.is_string()) return bad(where + ": allow must be a list of texts");
        auto set = FactorSet::parse(item.get_ref<const std::string&>());
        if (!set)
            return fail(set.error().code, where + ": \"" + item.get<std::string>() + "\": " + set.error().message);
        rule.allow.push_back(*set);
    }
    return rule;
}

}  // namespace

Result<Policy> parse_policy(std::string_view input) {
    if (input.size() > kMaxText) return fail(ErrorCode::too_large, "policy: larger than 64 KiB");
    auto once = UniqueKeys{};
    const Json json = Json::parse(input, std::ref(once), false, true);
    if (once.repeated) return bad("key '" + *once.repeated + "' is there twice");
    if (!json.is_object()) return bad("not a JSON object");
    if (auto status = only(json,
                           std::array{"schema", "profile", "least_strength", "presence", "fallbacks", "offline",
                                      "session", "rules", "unattended"},
                           "policy");
        !status)
        return tl::unexpected<Error>(status.error());
    if (json.value("schema", Json(1)) != Json(1)) return fail(ErrorCode::unsupported, "policy: another schema than 1");
    Policy policy;
    const auto profile = text(json, "profile", "standard");
    if (!profile || (*profile != "standard" && *profile != "mynumber"))
        return bad("profile must be standard or mynumber");
    policy.profile = *profile == "mynumber" ? Profile::mynumber : Profile::standard;
    const auto least = text(json, "least_strength", policy.profile == Profile::mynumber ? "certificate" : "symmetric");
    const auto strength = least ? parse_strength(*least) : std::nullopt;
    if (!strength) return bad("least_strength must be certificate, symmetric or identifier");
    policy.least = *strength;
    const auto presence = text(json, "presence", "hold");
    if (!presence || (*presence != "hold" && *presence != "tap")) return bad("presence must be hold or tap");
    policy.contact = *presence == "tap" ? Presence::tap : Presence::hold;
    const auto fallbacks = text(json, "fallbacks", "allowed");
    if (!fallbacks || (*fallbacks != "allowed" && *fallbacks != "locked"))
        return bad("fallbacks must be allowed or locked");
    policy.fallbacks = *fallbacks == "locked" ? Fallbacks::locked : Fallbacks::allowed;
    auto offline = offline_of(json);
    if (!offline) return tl::unexpected<Error>(offline.error());
    policy.offline = std::move(*offline);
    auto session = session_of(json);
    if (!session) return tl::unexpected<Error>(session.error());
    policy.session = *session;
    const auto rules = json.find("rules");
    if (rules == json.end() || !rules->is_array() || rules->size() > kMaxRules) return bad("rules must be a list");
    std::size_t number = 0;
    for (const Json& item : *rules) {
        auto rule = rule_of(item, ++number);
        if (!rule) return tl::unexpected<Error>(rule.error());
        policy.rules.push_back(std::move(*rule));
    }
    if (const auto list = json.find("unattended"); list != json.end()) {
        if (!list->is_array() || list->size() > 64) return bad("unattended must be a list of services");
        policy.unattended.clear();
        for (const Json& item : *list) {
            if (!item.is_string() || item.get_ref<const std::string&>().size() > 64)
                return bad("unattended must be a list of services");
            policy.unattended.push_back(item.get<std::string>());
        }
    }
    if (auto status = check(policy); !status) return fail(status.error().code, "policy: " + status.error().message);
    return policy;
}

std::string write_policy(const Policy& policy) {
    Json rules = Json::array();
    for (const PolicyRule& rule : policy.rules) {
        Json allow = Json::array();
        for (const FactorSet& set : rule.allow) allow.push_back(set.text());
        rules.push_back({{"service", rule.service},
                         {"group", rule.group},
                         {"terminal", rule.terminal},
                         {"allow", std::move(allow)}});
    }
    Json session{{"on_removal", policy.session.on_removal == OnRemoval::logoff ? "logoff" : "lock"}};
    for (const SessionKey& key : kSessionKeys)
        session[key.name] = std::chrono::duration_cast<std::chrono::seconds>(policy.session.*(key.member)).count();
    Json json{{"schema", 1},
              {"session", std::move(session)},
              {"profile", policy.profile == Profile::mynumber ? "mynumber" : "standard"},
              {"least_strength", name_of(policy.least)},
              {"fallbacks", policy.fallbacks == Fallbacks::locked ? "locked" : "allowed"},
              {"presence", policy.contact == Presence::tap ? "tap" : "hold"},
              {"rules", std::move(rules)},
              {"unattended", policy.unattended}};
    // One that says nothing of it is what it was before there was this key: its id, and terminals that don't know it.
    if (policy.offline != OfflinePolicy{}) {
        json["offline"] = json_of(policy.offline.all);
        json["offline"]["groups"] = Json::object();
        for (const auto& [group, age] : policy.offline.groups) json["offline"]["groups"][group.hex()] = json_of(age);
    }
    return json.dump();
}

Result<std::string> write_policy_record(const Policy& policy) {
    std::string text = write_policy(policy);
    static_assert(kMaxRecord == std::size_t{48} * 1024);
    if (text.size() > kMaxRecord)
        return fail(ErrorCode::too_large, "policy: with all its keys, without blanks and comments, larger than 48 KiB");
    return text;
}

}  // namespace sekimori::daemon
