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

// A counter that is full becomes a lock that runs from then on.
LockoutState settle(const LockoutPolicy& policy, LockoutState state, Millis from) noexcept {
    if (state.charged < policy.failures) return state;
    return {0, state.locks + 1, delay(policy, state.locks), from};
}

// A counter that is full without a running lock belongs to an attempt whose end was not told yet, or never will be (the
// process was killed): it locks from its charge on.
LockoutState as_told(const LockoutPolicy& policy, const LockoutState& state) noexcept {
    return settle(policy, state, state.since);
}

}  // namespace

LockoutView view(const LockoutPolicy& policy, const LockoutState& state, Millis boottime) noexcept {
    const LockoutState told = as_told(policy, state);
    if (const Millis wait = left(told, boottime); wait > Millis{0}) return {wait, 0};
    return {Millis{0}, policy.failures - told.charged};
}

LockoutState charge(const LockoutPolicy& policy, LockoutState state, Millis boottime) noexcept {
    state = as_told(policy, state);
    if (left(state, boottime) > Millis{0}) return state;
    state.remaining = Millis{0};
    state.since = boottime;
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
