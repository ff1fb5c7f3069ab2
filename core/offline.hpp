// SPDX-License-Identifier: Apache-2.0
// The maximum offline age as signed policies say it: for all terminals, and otherwise for some groups. Pure.
//
// A terminal that hears nothing goes by the policies that it knows, and those may be older than the one in force. Until
// when it can open something follows all the same from the chain alone, and that is what a receipt promises
// (LastOpening): of each policy that was replaced the terminal may not have heard, but then it heard of nothing later
// either, and its age counts from before.
// Invariant, tested over random chains, cuts and clocks by tests/unit/core/offline_test.cpp: a terminal that does not
// have the denial opens nothing after LastOpening.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "core/freshness.hpp"
#include "core/ids.hpp"

namespace sekimori {

inline constexpr std::uint32_t kMaxOfflineHours = 31 * 24;

struct OfflinePolicy {
    FreshnessPolicy all;
    std::map<GroupId, FreshnessPolicy> groups;  // of these instead

    [[nodiscard]] const FreshnessPolicy& of(const GroupId& group) const noexcept {
        const auto at = groups.find(group);
        return at == groups.end() ? all : at->second;
    }
    bool operator==(const OfflinePolicy&) const = default;
};

// Does `next` open anything that `now` does not, at any age?
[[nodiscard]] bool laxer(const FreshnessPolicy& now, const FreshnessPolicy& next) noexcept;
[[nodiscard]] bool laxer(const OfflinePolicy& now, const OfflinePolicy& next);

// What the machine's own configuration says; none: as the policy says. It makes stricter and nothing else, so that what
// was promised of this terminal elsewhere holds.
struct OfflineLimits {
    std::optional<Millis> most;
    std::optional<PastMax> past;
    std::optional<Millis> certificate;  // 0: without end
};
[[nodiscard]] FreshnessPolicy stricter(FreshnessPolicy policy, const OfflineLimits& machine) noexcept;

// One policy of the chain.
struct OfflineRule {
    Millis placed{};                    // the time of its entry: never before that of the one before it
    Millis effective{};                 // from then on
    std::optional<OfflinePolicy> says;  // none: it can't be read here
};

// The least that any policy can say.
inline constexpr FreshnessPolicy kStrictestOffline{std::chrono::hours{1}, PastMax::deny, Millis{0}};

// By which a terminal of `group` judges at `time` that knows `chain`: the one of those in effect that began last.
// Before the first, as a policy that says nothing; one that can't be read counts as the strictest there is.
[[nodiscard]] FreshnessPolicy in_force(std::span<const OfflineRule> chain, const GroupId& group, Millis time);

// The last moment at which terminals that do not have an entry placed at `cut` can open something.
class LastOpening {
  public:
    LastOpening(std::span<const OfflineRule> chain, Millis cut);

    // Of a terminal that was in these groups, one after the other, and whose own entry was placed at `since`: without
    // that it opens nothing. None: nobody knows an end.
    [[nodiscard]] std::optional<Millis> of(std::span<const GroupId> groups, Millis since);

  private:
    [[nodiscard]] const std::vector<Millis>& by_known(const GroupId& group);
    std::span<const OfflineRule> chain_;  // what was placed no later than the cut
    Millis cut_;
    std::map<GroupId, std::vector<Millis>> last_;  // [k]: of one that knows at least k policies
};

}  // namespace sekimori
