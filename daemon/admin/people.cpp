// SPDX-License-Identifier: Apache-2.0
// person.* and policy.load: answered at once.
#include <algorithm>

#include "daemon/admin/people.hpp"
#include "daemon/admin/query.hpp"
#include "daemon/admin/verbs.hpp"
#include "daemon/policy/policy_json.hpp"

namespace sekimori::daemon {
namespace {

tl::expected<NewPerson, Refusal> read_person(Broker& broker, Arguments& arguments) {
    NewPerson person;
    person.login = arguments.text("login", 64);
    person.name = arguments.text("name");
    auto accounts = arguments.texts("accounts");
    person.min_fingers = static_cast<std::uint32_t>(arguments.optional_number("min_fingers", 1, 10).value_or(2));
    person.min_fingers_reason = arguments.optional_text("reason").value_or("");
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    if (!good_login(person.login))
        return refuse(ErrorCode::invalid_argument, "that is not a login", "letters, digits, - _ . @");
    if (person.min_fingers < 2 && person.min_fingers_reason.empty())
        return refuse(ErrorCode::invalid_argument, "fewer than two fingers need a reason", "--reason TEXT");
    if (accounts.empty()) accounts.push_back(person.login);
    for (const std::string& name : accounts) {
        auto account = bind_account(broker, name);
        if (!account) return tl::unexpected<Refusal>(account.error());
        person.accounts.push_back(std::move(*account));
    }
    return person;
}

// A shared counter account (窓口端末の共用ID) belongs to several people: that is allowed, a login that is taken is not.
Reply add_one(CommandRun& run, const NewPerson& person) {
    auto added = run.broker().store.add_person(person, run.actor());
    if (!added) return refuse(added.error());
    const auto answer = [&broker = run.broker(), id = *added]() -> Reply {
        const auto record = broker.store.person(id);
        if (!record) return refuse(ErrorCode::internal, "the person was stored and is not there");
        return json_of(broker, *record);
    };
    if (run.broker().store.fleet() == nullptr) return answer();
    run.answer_after(answer);
    return Json{{"id", added->hex()}};
}

std::optional<PersonId> id_of(const Reply& reply) {
    return reply && reply->contains("id") ? PersonId::parse((*reply)["id"].get<std::string>()) : std::nullopt;
}

}  // namespace

bool good_login(const std::string& login) {
    return !login.empty() && login.size() <= 64 && login.front() != '-' &&
           std::all_of(login.begin(), login.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                      c == '_' || c == '.' || c == '@';
           });
}

tl::expected<AccountRecord, Refusal> bind_account(Broker& broker, const std::string& name) {
    AccountRecord account{name, "local", broker.accounts.uid_of(name)};
    if (!account.uid && broker.config.lab == LabMode::off)
        return refuse(ErrorCode::not_found, "no account '" + name + "' on this machine", "getent passwd " + name);
    if (account.uid == 0U) return refuse(ErrorCode::refused, "root is nobody's own account", "use sudo");
    return account;
}

Reply person_add(CommandRun& run, Arguments& arguments) {
    const auto person = read_person(run.broker(), arguments);
    Reply reply = person ? add_one(run, *person) : Reply(tl::unexpected<Refusal>(person.error()));
    run.record(id_of(reply), std::nullopt, reply);
    return reply;
}

Reply person_unlock(CommandRun& run, Arguments& arguments) {
    const std::string login = arguments.text("login");
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    Broker& broker = run.broker();
    const auto person = find_person(broker.store, login);
    if (!person) return tl::unexpected<Refusal>(person.error());
    std::vector<LockoutKey> keys{{LockoutOf::person, person->id.hex()}};
    for (const CardRecord& card : broker.store.cards_of(person->id)) keys.push_back({LockoutOf::card, card.key.hex()});
    std::erase_if(keys, [&](const LockoutKey& key) { return broker.store.lockout(key) == LockoutState{}; });
    // A lock is not opened without a trace: the event first.
    if (const Status recorded = run.record(person->id, std::nullopt, Json::object()); !recorded)
        return refuse(recorded.error());
    for (const LockoutKey& key : keys)
        if (auto stored = broker.store.set_lockout(key, LockoutState{}); !stored) {
            Reply failed = refuse(stored.error());
            (void)run.record(person->id, std::nullopt, failed);
            return failed;
        }
    Json json = json_of(broker, *person);
    json["changed"] = !keys.empty();
    return json;
}

Reply policy_load(CommandRun& run, Arguments& arguments) {
    const std::string text = arguments.text("policy", 64 * 1024);
    const auto from = arguments.optional_text("from");
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    const auto policy = parse_policy(text);
    if (!policy) return refuse(policy.error());
    std::optional<Millis> start;
    if (from) {
        start = parse_time(*from);
        if (!start) return refuse(ErrorCode::invalid_argument, "from is not a time", "2026-04-01T00:00:00Z");
    }
    Broker& broker = run.broker();
    const auto canonical = write_policy_record(*policy);
    if (!canonical) return refuse(canonical.error());
    const bool changed = *canonical != write_policy(broker.policy);
    if (auto stored = broker.store.load_policy(*canonical, start, run.actor()); !stored) return refuse(stored.error());
    broker.refresh_policy();
    run.record(std::nullopt, std::nullopt, Reply(Json::object()));
    const auto answer = [&broker, changed, from = start.value_or(broker.clock.now().wall)]() -> Reply {
        return whole({{"id", policy_id(broker)}, {"effective_at", time_text(from)}, {"changed", changed}});
    };
    if (broker.store.fleet() == nullptr) return answer();
    run.answer_after(answer);
    return Json::object();
}

}  // namespace sekimori::daemon
