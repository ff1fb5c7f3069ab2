// SPDX-License-Identifier: Apache-2.0
// Lockout: how often somebody may guess. One counter a person, a card and a caller. An attempt is charged BEFORE the
// guess is made, so that cancelling, killing or cutting the power never makes it free (lessons: BrutePrint).
#pragma once

#include <cstdint>
#include <optional>

#include "core/instant.hpp"

namespace sekimori {

struct LockoutPolicy {
    std::uint32_t failures{5};               // so many charged attempts without a success ...
    Millis first{std::chrono::seconds{30}};  // ... lock for this long,
    Millis most{std::chrono::minutes{15}};   // doubling with each further lock up to this
};

// The durable state. A running lock is stored as what remains of it, with the boot it was counted in: after a boot the
// remainder starts again from the beginning of that boot, since nobody knows how long the machine was off.
struct LockoutState {
    std::uint32_t charged{0};  // attempts since the last success or lock
    std::uint32_t locks{0};    // locks since the last success: the exponent of the delay
    Millis remaining{0};       // of the running lock, counted from `since`
    Millis since{0};           // boot time at which `remaining` was right; without a lock: of the last charge
    bool operator==(const LockoutState&) const = default;
};

struct LockoutView {
    Millis wait{0};          // > 0: locked for so long
    std::uint32_t tries{0};  // attempts left before the next lock
    [[nodiscard]] bool locked() const noexcept { return wait > Millis{0}; }
};

[[nodiscard]] LockoutView view(const LockoutPolicy& policy, const LockoutState& state, Millis boottime) noexcept;

// One attempt. Precondition: !view(...).locked(); a locked state comes back unchanged.
[[nodiscard]] LockoutState charge(const LockoutPolicy& policy, LockoutState state, Millis boottime) noexcept;
// The attempt that was charged has failed: starts the lock if it was the last one allowed.
[[nodiscard]] LockoutState failed(const LockoutPolicy& policy, LockoutState state, Millis boottime) noexcept;
// Both factors were right.
[[nodiscard]] constexpr LockoutState succeeded() noexcept { return {}; }
// The same state seen after a reboot (boot time starts at 0 again).
[[nodiscard]] LockoutState rebooted(const LockoutPolicy& policy, LockoutState state) noexcept;

}  // namespace sekimori
