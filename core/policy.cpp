// SPDX-License-Identifier: Apache-2.0
#include "core/policy.hpp"

#include <algorithm>

namespace sekimori {
namespace {

bool fits(std::string_view pattern, std::string_view value) { return pattern == "*" || pattern == value; }

}  // namespace

Status check(const Policy& policy) {
    if (policy.rules.empty()) return fail(ErrorCode::refused, "the policy has no rule");
    std::size_t number = 0;
    for (const PolicyRule& rule : policy.rules) {
        const std::string name = "rule " + std::to_string(++number);
        if (rule.allow.empty()) return fail(ErrorCode::refused, name + " allows nothing");
        for (const FactorSet& set : rule.allow) {
            if (set.has(Factor::code) && !set.provable())
                return fail(ErrorCode::refused,
                            name + ": " + set.text() + ": a code stands in for the card, beside the finger alone");
            if (!set.has(Factor::card) && !set.has(Factor::code))
                return fail(ErrorCode::refused, name + ": " + set.text() + ": a set needs the card");
            if (!set.provable())
                return fail(ErrorCode::refused, name + ": " + set.text() + ": PIN and password are one too many");
            if (set.has(Factor::code) && policy.fallbacks == Fallbacks::locked)
                return fail(ErrorCode::refused, name + ": " + set.text() + ": fallbacks are locked");
            if (policy.profile == Profile::mynumber && !set.has(Factor::finger))
                return fail(ErrorCode::refused, name + ": " + set.text() +
                                                    ": profile mynumber is locked to the finger beside card or code");
        }
    }
    return {};
}

std::vector<FactorSet> allowed(const Policy& policy, const PolicyQuestion& question) {
    for (const PolicyRule& rule : policy.rules) {
        const bool group = rule.group == "*" || std::find(question.groups.begin(), question.groups.end(), rule.group) !=
                                                    question.groups.end();
        if (fits(rule.service, question.service) && group && fits(rule.terminal, question.terminal)) return rule.allow;
    }
    return {};
}

std::optional<FactorSet> choose(const std::vector<FactorSet>& alternatives, const Means& means) {
    const auto instead = FactorSet::parse("card+pin");
    for (FactorSet set : alternatives) {
        if (!set.has(Factor::card)) continue;
        // A card that gives no PIN has nothing to offer in the finger's place: then the finger is wanted all the same.
        if (means.exempt == Exempt::yes && set.has(Factor::finger) && !set.has(Factor::password) &&
            needs_pin(means.slot) && instead)
            set = *instead;
        const bool finger = !set.has(Factor::finger) || means.fingers >= means.min_fingers;
        const bool pin = !set.has(Factor::pin) || needs_pin(means.slot);
        // A card that signs with its PIN only proves more than a password would: it is not asked for both.
        const bool password = !set.has(Factor::password) || (means.password == Password::set && !needs_pin(means.slot));
        if (finger && pin && password) return set;
    }
    return std::nullopt;
}

std::optional<FactorSet> choose_code(const std::vector<FactorSet>& alternatives, const Means& means) {
    for (const FactorSet& set : alternatives)
        if (set.has(Factor::code) && means.fingers >= means.min_fingers) return set;
    return std::nullopt;
}

Policy default_policy() {
    Policy policy;
    PolicyRule rule;
    for (const char* set : {"card+finger", "code+finger"}) rule.allow.push_back(*FactorSet::parse(set));
    policy.rules.push_back(std::move(rule));
    return policy;
}

}  // namespace sekimori
