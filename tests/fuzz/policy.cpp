// SPDX-License-Identifier: Apache-2.0
// A policy as an administrator's file has it: whatever loads asks for two kinds of factor everywhere, bounds how long a
// terminal may be out of touch, and what is written of it loads again as the same.
#include <set>
#include <string_view>

#include "daemon/policy/policy_json.hpp"
#include "tests/fuzz/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sekimori;
    const auto policy = daemon::parse_policy({reinterpret_cast<const char*>(data), size});
    if (!policy) return 0;
    for (const PolicyRule& rule : policy->rules)
        for (const FactorSet& alternative : rule.allow) {
            std::set<FactorKind> kinds;
            for (const Factor factor : {Factor::card, Factor::finger, Factor::pin, Factor::password, Factor::code})
                if (alternative.has(factor)) kinds.insert(kind_of(factor));
            SEKIMORI_HOLDS(kinds.size() >= 2 && alternative.provable());
        }
    const Millis most = std::chrono::hours{kMaxOfflineHours};
    for (const auto& [group, age] : policy->offline.groups)
        SEKIMORI_HOLDS(group.valid() && age.most <= most && age.certificate <= most && !laxer(age, kStrictestOffline));
    SEKIMORI_HOLDS(policy->offline.all.most <= most && !laxer(policy->offline.all, kStrictestOffline));
    const std::string written = daemon::write_policy(*policy);
    const auto again = daemon::parse_policy(written);
    SEKIMORI_HOLDS(again.has_value() && daemon::write_policy(*again) == written && again->offline == policy->offline);
    return 0;
}
