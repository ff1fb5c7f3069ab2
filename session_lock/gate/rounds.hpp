// SPDX-License-Identifier: Apache-2.0
// The gate's one decision: how long to wait after a round that did not open it. There is no round that gives up.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace sekimori::gate {

using Millis = std::chrono::milliseconds;

enum class Round : std::uint8_t { granted, refused, locked_out, unavailable, stopped };

// How a whole round ended, by PAM's two codes: authentication, and then the account phase. Open only by two successes.
[[nodiscard]] Round round_of(int authentication, int account) noexcept;

[[nodiscard]] Millis pause_after(Round round) noexcept;

// Rounds until one is granted or stopped. `attempt` runs one, `wait` sleeps or says stopped, `tell` shows how it ended.
struct Hands {
    std::function<Round()> attempt;
    std::function<Round(Millis)> wait;  // Round::stopped when it is time to go
    std::function<void(Round)> tell;
};
[[nodiscard]] Round run_rounds(const Hands& hands);

}  // namespace sekimori::gate
