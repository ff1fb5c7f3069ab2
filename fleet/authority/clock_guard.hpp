// SPDX-License-Identifier: Apache-2.0
// Whether this host's clock may be signed by. Terminals take no heartbeat below one that they had: one signed by a
// clock that stood a year ahead for a moment would be the last one for a year. So the clock is compared with boot time,
// which nobody sets, and over a reboot with what it showed last; what does not fit needs an operator's word. Pure.
#pragma once

#include "core/instant.hpp"
#include "ledger/tlv.hpp"

namespace sekimori::fleet {

// NTP sets a running clock by less; also what a clock may go back.
inline constexpr Millis kClockStep = std::chrono::minutes{5};
// An authority may be off for so long: over the year's end, say.
inline constexpr Millis kClockAway = std::chrono::hours{24 * 31};

// What is kept of it (`clock` in the authority's directory).
struct ClockRecord {
    std::uint8_t fmt{1};
    std::uint64_t right{};                // wall ms: when it was right last
    std::uint64_t accepted{};             // wall ms: when an operator said so last; 0: never
    std::array<std::uint8_t, 16> boot{};  // in which it is compared with boot time, from this moment on
    std::uint64_t boottime{}, wall{};
    static constexpr auto kFields =
        std::tuple{field<1>(&ClockRecord::fmt),  field<2>(&ClockRecord::right),    field<3>(&ClockRecord::accepted),
                   field<4>(&ClockRecord::boot), field<5>(&ClockRecord::boottime), field<6>(&ClockRecord::wall)};
};

enum class ClockIs : std::uint8_t {
    right,
    set,     // against boot time
    behind,  // what it showed before
    ahead,   // by more than an authority is off
};
[[nodiscard]] ClockIs judge(const ClockRecord& record, const Instant& now) noexcept;
// In a sentence; empty: right.
[[nodiscard]] const char* describe(ClockIs clock) noexcept;

// Nothing is kept yet, but the time of the chain's last entry (0: there is none): a new authority, or one that was put
// back from a backup.
[[nodiscard]] ClockRecord first_record(Millis signed_last, const Instant& now) noexcept;
// Precondition: it was judged right.
[[nodiscard]] ClockRecord went_on(ClockRecord record, const Instant& now) noexcept;
// An operator's word: whatever was before, it is right now.
[[nodiscard]] ClockRecord accepted(ClockRecord record, const Instant& now) noexcept;

}  // namespace sekimori::fleet
