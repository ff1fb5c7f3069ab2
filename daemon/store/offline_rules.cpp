// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/offline_rules.hpp"

#include <algorithm>

#include "daemon/policy/policy_json.hpp"

namespace sekimori::daemon {

const std::vector<OfflineRule>& OfflineRules::of(const std::vector<PolicyEntry>& policies) {
    rules_.resize(policies.size());
    read_.resize(policies.size());
    for (std::size_t i = 0; i < policies.size(); ++i) {
        rules_[i].placed = policies[i].placed;
        rules_[i].effective = policies[i].effective_at;
        if (read_[i] == policies[i].json) continue;
        const auto policy = parse_policy(policies[i].json);
        rules_[i].says = policy ? std::optional(policy->offline) : std::nullopt;
        read_[i] = policies[i].json;
    }
    return rules_;
}

}  // namespace sekimori::daemon
