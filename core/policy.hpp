// SPDX-License-Identifier: Apache-2.0
// Policy: which factors a service wants of whom, where, and how strong a card must be. A value; the signed record that
// holds it and the JSON in which it is written belong to the daemon. A policy that lets fewer than two kinds through
// cannot be built (FactorSet).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/factor.hpp"
#include "core/offline.hpp"
#include "core/result.hpp"
#include "core/session.hpp"

namespace sekimori {

enum class Profile : std::uint8_t { standard, mynumber };

// What stands in for a factor for a while (substitute codes, exemptions, break-glass). locked: nothing does.
enum class Fallbacks : std::uint8_t { allowed, locked };

// The first rule that fits decides. A pattern is a name, or "*".
struct PolicyRule {
    std::string service{"*"};
    std::string group{"*"};        // OS group of the account
    std::string terminal{"*"};     // terminal id, hex
    std::vector<FactorSet> allow;  // in the order of preference
};

struct Policy {
    Profile profile{Profile::standard};
    CardStrength least{CardStrength::symmetric};
    Presence contact{Presence::hold};
    Fallbacks fallbacks{Fallbacks::allowed};
    std::vector<PolicyRule> rules;
    OfflinePolicy offline;  // of a fleet's terminals
    SessionPolicy session;  // `whole` and `challenge` are the machine's (sekimori.conf)
    // Services of the account phase that run without anybody present (house.md 6): allowed unless the person is
    // suspended or gone.
    std::vector<std::string> unattended{"cron", "atd", "crond", "runuser", "runuser-l", "su", "su-l"};
};

struct PolicyQuestion {
    std::string_view service;
    std::vector<std::string> groups;
    std::string_view terminal;
};

// Errors: refused, naming the rule (1-based): no rule, a rule without alternatives, profile mynumber with more than it
// allows.
[[nodiscard]] Status check(const Policy& policy);
// The alternatives that are allowed; empty: nothing is.
[[nodiscard]] std::vector<FactorSet> allowed(const Policy& policy, const PolicyQuestion& question);

// What a person's enrolment lets them prove with this card. The choice looks at what is enrolled, never at which device
// happens to be unplugged: a factor does not go away by pulling its plug.
enum class Password : std::uint8_t { none, set };
enum class Exempt : std::uint8_t { no, yes };  // of the finger, approved and in force
struct Means {
    CardSlot slot{};
    std::uint32_t fingers{};
    std::uint32_t min_fingers{2};
    Password password{Password::none};
    Exempt exempt{Exempt::no};
};
// With a card. A person whose finger can't be read (approved, in force) is asked for the PIN in its place, wherever
// card and finger would do.
[[nodiscard]] std::optional<FactorSet> choose(const std::vector<FactorSet>& alternatives, const Means& means);
// Without one: whether a substitute code and a finger will do.
[[nodiscard]] std::optional<FactorSet> choose_code(const std::vector<FactorSet>& alternatives, const Means& means);

// Whether `next` lets through what `now` does not, or might: then it takes a second administrator. Errs towards yes.
enum class Weaker : std::uint8_t { no, maybe };
[[nodiscard]] Weaker weaker(const Policy& now, const Policy& next);

// card+finger for everything, and an issued code in the card's place; card strength symmetric or better.
[[nodiscard]] Policy default_policy();

}  // namespace sekimori
