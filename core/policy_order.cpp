// SPDX-License-Identifier: Apache-2.0
// Which of two policies is the weaker one. Rules name services, groups and terminals that nobody can list here, so a
// new alternative passes only if every old rule has one that it covers.
#include <algorithm>

#include "core/policy.hpp"

namespace sekimori {
namespace {

bool covered_by_all(const FactorSet& set, const std::vector<PolicyRule>& rules) {
    return std::all_of(rules.begin(), rules.end(), [&](const PolicyRule& rule) {
        return std::any_of(rule.allow.begin(), rule.allow.end(), [&](const FactorSet& old) { return set.covers(old); });
    });
}

bool same(const PolicyRule& a, const PolicyRule& b) {
    return a.service == b.service && a.group == b.group && a.terminal == b.terminal;
}

// Rule by rule the same questions, and each answer at least as strict.
bool stricter_in_place(const std::vector<PolicyRule>& now, const std::vector<PolicyRule>& next) {
    if (now.size() != next.size()) return false;
    for (std::size_t i = 0; i < now.size(); ++i)
        if (!same(now[i], next[i]) || !std::all_of(next[i].allow.begin(), next[i].allow.end(),
                                                   [&](const FactorSet& set) { return covered_by_all(set, {now[i]}); }))
            return false;
    return true;
}

bool rules_hold(const std::vector<PolicyRule>& now, const std::vector<PolicyRule>& next) {
    if (stricter_in_place(now, next)) return true;
    // Where no old rule fits, nothing was allowed.
    const PolicyRule all;
    if (std::none_of(now.begin(), now.end(), [&](const PolicyRule& rule) { return same(rule, all); })) return false;
    return std::all_of(next.begin(), next.end(), [&](const PolicyRule& rule) {
        return std::all_of(rule.allow.begin(), rule.allow.end(),
                           [&](const FactorSet& set) { return covered_by_all(set, now); });
    });
}

// 0: never, which is the longest.
bool longer(Millis now, Millis next) { return now != Millis{0} && (next == Millis{0} || next > now); }

bool sessions_hold(const SessionPolicy& now, const SessionPolicy& next) {
    const bool removal = now.on_removal == OnRemoval::logoff && next.on_removal == OnRemoval::lock;
    return !removal && next.grace <= now.grace && next.left_behind <= now.left_behind &&
           next.fallback_idle <= now.fallback_idle && !longer(now.idle, next.idle) &&
           !longer(now.logoff_after, next.logoff_after);
}

}  // namespace

Weaker weaker(const Policy& now, const Policy& next) {
    const bool profile = now.profile == Profile::mynumber && next.profile != Profile::mynumber;
    const bool contact = now.contact == Presence::hold && next.contact == Presence::tap;
    const bool fallbacks = now.fallbacks == Fallbacks::locked && next.fallbacks == Fallbacks::allowed;
    const bool unattended =
        std::any_of(next.unattended.begin(), next.unattended.end(), [&](const std::string& service) {
            return std::find(now.unattended.begin(), now.unattended.end(), service) == now.unattended.end();
        });
    const bool weaker = profile || contact || fallbacks || unattended || next.least < now.least ||
                        laxer(now.offline, next.offline) || !sessions_hold(now.session, next.session) ||
                        !rules_hold(now.rules, next.rules);
    return weaker ? Weaker::maybe : Weaker::no;
}

}  // namespace sekimori
