// SPDX-License-Identifier: Apache-2.0
// Freshness: how old a terminal's knowledge of its fleet is, and what it may still open. Pure.
//
// A heartbeat says how far the chain had come at the sequencer's time. It counts once the terminal holds that much of
// the chain: a server that lets heartbeats through and keeps revocations back makes nobody younger. The age is what has
// passed since, on whatever clock says most:
//   - boot time within a boot, which nobody sets, counted from every heartbeat: one that was kept back for an hour is
//   an
//     hour old, whatever the wall clock says;
//   - the wall clock, which alone runs while the machine is off. Set back it makes nothing younger; set ahead it makes
//     older until the next heartbeat.
// Invariants, walked to exhaustion by tests/unit/core/freshness_walk_test.cpp: the age shrinks with a newer heartbeat
// only; no heartbeat is taken that stands below one that was; past the maximum nothing opens but what the policy
// leaves, or certificate cards where an officer extended it, and not a moment longer.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "core/instant.hpp"

namespace sekimori {

// What a terminal opens past the maximum age.
enum class PastMax : std::uint8_t { deny, certificate };

struct FreshnessPolicy {
    Millis most{std::chrono::hours{24}};
    PastMax past{PastMax::deny};
    Millis certificate{0};  // how long PastMax::certificate opens, past the maximum; 0: without end
    bool operator==(const FreshnessPolicy&) const = default;
};

// An officer's word that certificate cards and a finger may open what is past its maximum, by the wall clock. It gives
// no more than that, also within PastMax::certificate, and makes nobody younger.
struct Extension {
    Millis since{}, until{};
    bool operator==(const Extension&) const = default;
};
// Of clocks that differ so much an extension is taken all the same.
inline constexpr Millis kExtensionSlack = std::chrono::hours{1};

// A verified heartbeat.
struct Beat {
    std::uint64_t seq{};
    std::array<std::uint8_t, 32> hash{};  // of the chain's last entry then
    Millis time{};                        // the sequencer's wall clock
    bool operator==(const Beat&) const = default;
};

struct Freshness {
    std::optional<Beat> newest;           // that counts; none: nothing is known of the fleet
    std::optional<Beat> ahead;            // heard, but the chain here is not there yet
    Millis floor{0};                      // the sequencer's clock shows at least this, at `since`
    Millis seen{0};                       // the most that any clock made of it since `newest`
    std::array<std::uint8_t, 16> boot{};  // whose boot time `since` is
    Millis since{0};
    bool operator==(const Freshness&) const = default;
};

// How the chain that the terminal holds stands to a beat.
enum class Holds : std::uint8_t { no, yes, another };  // not that far; its entry; another entry at its place

enum class Heard : std::uint8_t {
    taken,
    again,    // the one that is known
    waiting,  // for the entries before it
    lower,    // below one that was seen: replayed, or the server was put back. Or from a time to come
    fork,     // the chain there is not the chain here
};

struct Hearing {
    Freshness freshness;
    Heard heard{};
};
[[nodiscard]] Hearing hear(Freshness freshness, const Beat& beat, Holds holds, const Instant& now) noexcept;
// Entries came: does what waited count now? Precondition: freshness.ahead.
[[nodiscard]] Hearing caught_up(Freshness freshness, Holds holds, const Instant& now) noexcept;
// Time passed. What is kept on disk is the outcome of one of these three.
[[nodiscard]] Freshness pass(Freshness freshness, const Instant& now) noexcept;
// What was kept at most `every` ago, seen after a start: as old as it can have been.
[[nodiscard]] Freshness restarted(Freshness kept, Millis every, const Instant& now) noexcept;

// The least that the sequencer's clock can show now, as far as is known here: no setting back makes it less.
[[nodiscard]] Millis fleet_time(const Freshness& freshness, const Instant& now) noexcept;

enum class Opens : std::uint8_t { everything, certificate_cards, nothing };
struct FreshnessView {
    std::optional<Millis> age;  // none: no heartbeat ever counted
    Opens opens{Opens::nothing};
};
[[nodiscard]] FreshnessView view(const FreshnessPolicy& policy, const Freshness& freshness, const Instant& now,
                                 std::span<const Extension> extensions = {}) noexcept;

}  // namespace sekimori
