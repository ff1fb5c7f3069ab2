// SPDX-License-Identifier: Apache-2.0
// person.role, and what takes two administrators: whatever lets one of them act as another, or opens what was shut.
#include <algorithm>

#include "daemon/admin/query.hpp"
#include "daemon/admin/roles.hpp"
#include "daemon/admin/verbs.hpp"
#include "daemon/policy/policy_json.hpp"

namespace sekimori::daemon {
namespace {

constexpr std::size_t kLeastAdministrators = 2;

tl::expected<Roles, Refusal> read_roles(Arguments& arguments) {
    Roles roles;
    for (const std::string& name : arguments.texts("roles")) {
        const auto role = parse_role(name);
        if (!role)
            return refuse(ErrorCode::invalid_argument, "no role '" + name + "'",
                          "administrator, officer, registrar, helpdesk, auditor");
        roles = roles.with(*role);
    }
    return roles;
}

bool commands(const Roles& roles) { return roles.has(Role::administrator) || roles.has(Role::officer); }

}  // namespace

std::optional<Refusal> last_of_administrators(const Store& store, const PersonRecord& person) {
    if (!person.roles.has(Role::administrator)) return std::nullopt;
    const auto persons = store.persons();
    const auto others = std::count_if(persons.begin(), persons.end(), [&](const PersonRecord& one) {
        return one.id != person.id && one.state == PersonState::active && one.roles.has(Role::administrator);
    });
    if (static_cast<std::size_t>(others) >= kLeastAdministrators) return std::nullopt;
    return Refusal{"refused", "at least two administrators must remain", "sekimori person role LOGIN administrator"};
}

Eyes eyes_always(const Broker&, Arguments&) { return Eyes::four; }
Eyes eyes_named(const Broker&, Arguments&) { return Eyes::four_named; }

// Who could make an administrator alone could be two.
Eyes eyes_of_role(const Broker& broker, Arguments& arguments) {
    const auto person = broker.store.person_by_login(arguments.text("login"));
    const auto roles = read_roles(arguments);
    const bool gains = roles && commands(*roles) && (!person || (roles->bits() & ~person->roles.bits()) != 0);
    return gains ? Eyes::four : Eyes::two;
}

// Somebody else's finger under an administrator's name would be that administrator. A card alone is not: theirs is the
// finger.
Eyes eyes_of_finger(const Broker& broker, Arguments& arguments) {
    const auto person = broker.store.person_by_login(arguments.text("login"));
    return person && commands(person->roles) ? Eyes::four : Eyes::two;
}

// An administrator alone takes no other one's access away.
Eyes eyes_of_removal(const Broker& broker, Arguments& arguments) {
    const auto person = broker.store.person_by_login(arguments.text("login"));
    return person && commands(person->roles) ? Eyes::four : Eyes::two;
}

// Against the policy in force, and the one that it would take over from.
Eyes eyes_of_policy(const Broker& broker, Arguments& arguments) {
    const auto policy = parse_policy(arguments.text("policy", std::size_t{64} * 1024));
    if (!policy) return Eyes::two;  // it will be refused
    if (weaker(broker.policy, *policy) != Weaker::no) return Eyes::four;
    const auto from = parse_time(arguments.optional_text("from").value_or(""));
    const std::string then = from ? broker.store.policy_text_at(*from) : std::string();
    if (then.empty()) return Eyes::two;
    const auto before = parse_policy(then);
    return before && weaker(*before, *policy) == Weaker::no ? Eyes::two : Eyes::four;
}

Reply person_role(CommandRun& run, Arguments& arguments) {
    const std::string login = arguments.text("login");
    const auto roles = read_roles(arguments);
    if (const auto problem = arguments.problem()) return tl::unexpected<Refusal>(*problem);
    if (!roles) return tl::unexpected<Refusal>(roles.error());
    Broker& broker = run.broker();
    const auto person = find_person(broker.store, login);
    if (!person) return tl::unexpected<Refusal>(person.error());
    Reply reply;
    const auto last = last_of_administrators(broker.store, *person);
    if (last && !roles->has(Role::administrator)) {
        reply = tl::unexpected<Refusal>(*last);
    } else if (person->roles != *roles) {
        if (auto stored = broker.store.set_roles(person->id, *roles, run.actor()); !stored)
            reply = refuse(stored.error());
    }
    run.record(person->id, std::nullopt, reply);
    if (!reply) return reply;
    const auto answer = [&broker, before = *person, changed = person->roles != *roles]() -> Reply {
        Json json = json_of(broker, broker.store.person(before.id).value_or(before));
        json["changed"] = changed;
        return json;
    };
    if (broker.store.fleet() == nullptr || person->roles == *roles) return answer();
    run.answer_after(answer);  // in a fleet they are theirs with its entry
    return Json::object();
}

}  // namespace sekimori::daemon
