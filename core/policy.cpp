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
            if (set.has(Factor::password) || set.has(Factor::code))
                return fail(ErrorCode::refused,
                            name + ": " + set.text() + ": this version proves card, finger and pin only");
            if (!set.has(Factor::card))
                return fail(ErrorCode::refused, name + ": " + set.text() + ": a set needs the card");
            if (policy.profile == Profile::mynumber && !set.has(Factor::finger))
                return fail(ErrorCode::refused,
                            name + ": " + set.text() + ": profile mynumber is locked to card and finger");
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
    for (const FactorSet& set : alternatives) {
        const bool finger = !set.has(Factor::finger) || means.fingers >= means.min_fingers;
        const bool pin = !set.has(Factor::pin) || needs_pin(means.slot);
        if (finger && pin) return set;
    }
    return std::nullopt;
}

Policy default_policy() {
    Policy policy;
    PolicyRule rule;
    rule.allow.push_back(*FactorSet::parse("card+finger"));
    policy.rules.push_back(std::move(rule));
    return policy;
}

}  // namespace sekimori
