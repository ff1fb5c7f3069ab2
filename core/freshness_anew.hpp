// SPDX-License-Identifier: Apache-2.0
// Heartbeats from a time that has not come, and the way back for whoever took one. Pure.
//
// With a heartbeat from next year a terminal would be young until then for all the time that it is switched off, and
// every later one would stand below it: so none is taken from further ahead than clocks can differ. Where one was all
// the same, since the clock here was as wrong, the authority gives the sequencer another key.
#pragma once

#include "core/freshness.hpp"

namespace sekimori {

// Of whatever clock here says most. A clock that was read in another time zone, and less than the maximum age.
inline constexpr Millis kBeatAhead = std::chrono::hours{12};

// The sequencer has another key. If what is known of its time lies in a time to come, nothing is any more, and nothing
// opens until a heartbeat by that key counts.
[[nodiscard]] Freshness begun_anew(Freshness freshness, const Instant& now) noexcept;

}  // namespace sekimori
