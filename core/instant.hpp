// SPDX-License-Identifier: Apache-2.0
// Instant: one reading of the clocks. Deadlines and delays run on boot time (CLOCK_BOOTTIME); expiries on wall time.
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>

namespace sekimori {

using Millis = std::chrono::milliseconds;

enum class WallQuality : std::uint8_t {
    good,
    suspect,  // the clock stands more than kClockSlack behind the high-water mark of what was recorded
};

struct Instant {
    std::array<std::uint8_t, 16> boot_id{};
    Millis boottime{};  // since boot, suspend included
    Millis wall{};      // since 1970-01-01T00:00:00Z
    WallQuality wall_quality{WallQuality::good};

    bool operator==(const Instant&) const = default;
};

// house.md 4: a clock that went back by more than this is suspect.
inline constexpr Millis kClockSlack = std::chrono::minutes{5};

// The wall time that expiries use: never below the high-water mark (the last event or record).
[[nodiscard]] constexpr Instant judge_wall(Instant read, Millis high_water) noexcept {
    if (read.wall + kClockSlack < high_water) read.wall_quality = WallQuality::suspect;
    if (read.wall < high_water) read.wall = high_water;
    return read;
}

}  // namespace sekimori
