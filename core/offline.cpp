// SPDX-License-Identifier: Apache-2.0
#include "core/offline.hpp"

#include <algorithm>

namespace sekimori {
namespace {

constexpr Millis kNever = Millis::max();

bool without_end(const FreshnessPolicy& policy) noexcept {
    return policy.past == PastMax::certificate && policy.certificate == Millis{0};
}

// Of a terminal whose newest heartbeat was signed at `heard`.
Millis end_of(const FreshnessPolicy& policy, Millis heard) noexcept {
    if (without_end(policy)) return kNever;
    return heard + policy.most + (policy.past == PastMax::deny ? Millis{0} : policy.certificate);
}

// 0: without end, which is the longest.
Millis shorter(Millis a, Millis b) noexcept {
    if (a == Millis{0} || b == Millis{0}) return std::max(a, b);
    return std::min(a, b);
}

// The policies that are known, in the order in which they take over; of two that begin together the later one counts.
std::vector<const OfflineRule*> order_of(std::span<const OfflineRule> known) {
    std::vector<const OfflineRule*> order;
    for (const OfflineRule& one : known) order.push_back(&one);
    std::ranges::stable_sort(order, {}, &OfflineRule::effective);
    return order;
}

// Of a terminal that knows these and no other, and whose newest heartbeat was signed at `heard` or before. Each policy
// opens from when it takes over until its age is reached, or the next one takes over. A terminal's clock may stand
// ahead and take the next one early: its age is as much ahead.
Millis last_of(std::span<const OfflineRule> known, const GroupId& group, Millis heard) {
    const auto order = order_of(known);
    Millis last = heard;
    Millis from = Millis::min();
    for (std::size_t i = 0; i <= order.size(); ++i) {
        const Millis until = i < order.size() ? order[i]->effective : kNever;
        const std::optional<OfflinePolicy> says = i == 0 ? OfflinePolicy{} : order[i - 1]->says;
        const Millis end = says ? end_of(says->of(group), heard) : kNever;
        if (from < until && end >= from) last = std::max(last, std::min(end, until));
        from = until;
    }
    return last;
}

}  // namespace

bool laxer(const FreshnessPolicy& now, const FreshnessPolicy& next) noexcept {
    if (next.most > now.most) return true;
    if (next.past == PastMax::deny) return false;
    return now.past == PastMax::deny || shorter(now.certificate, next.certificate) != next.certificate;
}

bool laxer(const OfflinePolicy& now, const OfflinePolicy& next) {
    const auto in = [&](const auto& groups) {
        return std::ranges::any_of(groups,
                                   [&](const auto& one) { return laxer(now.of(one.first), next.of(one.first)); });
    };
    return laxer(now.all, next.all) || in(now.groups) || in(next.groups);
}

FreshnessPolicy stricter(FreshnessPolicy policy, const OfflineLimits& machine) noexcept {
    if (machine.most) policy.most = std::min(policy.most, *machine.most);
    if (machine.past == PastMax::deny) policy.past = PastMax::deny;
    if (machine.certificate) policy.certificate = shorter(policy.certificate, *machine.certificate);
    return policy;
}

FreshnessPolicy in_force(std::span<const OfflineRule> chain, const GroupId& group, Millis time) {
    const OfflineRule* found = nullptr;
    for (const OfflineRule& one : chain)
        if (one.effective <= time && (found == nullptr || one.effective >= found->effective)) found = &one;
    if (found == nullptr) return {};
    return found->says ? found->says->of(group) : kStrictestOffline;
}

LastOpening::LastOpening(std::span<const OfflineRule> chain, Millis cut) : cut_(cut) {
    const auto later = std::ranges::find_if(chain, [&](const OfflineRule& one) { return one.placed > cut; });
    chain_ = chain.first(static_cast<std::size_t>(later - chain.begin()));
}

const std::vector<Millis>& LastOpening::by_known(const GroupId& group) {
    const auto [at, fresh] = last_.try_emplace(group);
    std::vector<Millis>& last = at->second;
    if (!fresh) return last;
    last.resize(chain_.size() + 1);
    Millis most = Millis::min();
    for (std::size_t known = chain_.size() + 1; known-- > 0;) {
        // Who does not know the next one has nothing that was signed after its entry.
        const Millis heard = known < chain_.size() ? chain_[known].placed : cut_;
        most = std::max(most, last_of(chain_.first(known), group, heard));
        last[known] = most;
    }
    return last;
}

std::optional<Millis> LastOpening::of(std::span<const GroupId> groups, Millis since) {
    std::size_t known = 0;
    while (known < chain_.size() && chain_[known].placed < since) ++known;
    Millis last = cut_;
    for (const GroupId& group : groups) last = std::max(last, by_known(group)[known]);
    if (last == kNever) return std::nullopt;
    return last;
}

}  // namespace sekimori
