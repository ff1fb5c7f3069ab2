// SPDX-License-Identifier: Apache-2.0
#include "core/lockout.hpp"

#include <algorithm>

namespace sekimori {
namespace {

Millis delay(const LockoutPolicy& policy, std::uint32_t locks) noexcept {
    Millis wait = policy.first;
    for (std::uint32_t i = 0; i < locks && wait < policy.most; ++i) wait *= 2;
    return std::min(wait, policy.most);
}

Millis left(const LockoutState& state, Millis boottime) noexcept {
    const Millis passed = std::max(boottime - state.since, Millis{0});
    return std::max(state.remaining - passed, Millis{0});
}

// A counter that is full without a running lock belongs to an attempt whose end was never told (killed, power cut): the
// lock starts now.
LockoutState settle(const LockoutPolicy& policy, LockoutState state, Millis boottime) noexcept {
    if (state.charged < policy.failures) return state;
    return {0, state.locks + 1, delay(policy, state.locks), boottime};
}

}  // namespace

LockoutView view(const LockoutPolicy& policy, const LockoutState& state, Millis boottime) noexcept {
    if (const Millis wait = left(state, boottime); wait > Millis{0}) return {wait, 0};
    if (state.charged >= policy.failures) return {delay(policy, state.locks), 0};
    return {Millis{0}, policy.failures - state.charged};
}

LockoutState charge(const LockoutPolicy& policy, LockoutState state, Millis boottime) noexcept {
    if (view(policy, state, boottime).locked()) return settle(policy, state, boottime);
    state.remaining = Millis{0};
    state.since = Millis{0};
    ++state.charged;
    return state;
}

LockoutState failed(const LockoutPolicy& policy, LockoutState state, Millis boottime) noexcept {
    return settle(policy, state, boottime);
}

LockoutState rebooted(const LockoutPolicy& policy, LockoutState state) noexcept {
    state.since = Millis{0};
    return settle(policy, state, Millis{0});
}

}  // namespace sekimori
