// SPDX-License-Identifier: Apache-2.0
// The gate's decisions: how long to wait after a round that did not open it, and when the rescue code may be typed.
// There is no round that gives up, and no code that opens it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

namespace sekimori::gate {

using Millis = std::chrono::milliseconds;

enum class Round : std::uint8_t { granted, refused, locked_out, unavailable, stopped };

// How a whole round ended, by PAM's two codes: authentication, and then the account phase. Open only by two successes.
[[nodiscard]] Round round_of(int authentication, int account) noexcept;

// Nothing but "unavailable" for a whole minute: only then a key asks for the rescue code. Whoever pulls a plug waits as
// well, and whoever has working devices shows a card and a finger.
inline constexpr Millis kPatience = std::chrono::minutes{1};
enum class Rescue : std::uint8_t { not_yet, offered };
class Patience {
  public:
    // `now`: on a clock that only goes on, and runs during suspend.
    [[nodiscard]] Rescue after(Round round, Millis now) noexcept;

  private:
    std::optional<Millis> since_;
};

enum class Pause : std::uint8_t { over, key, stopped };

[[nodiscard]] Millis pause_after(Round round, Rescue rescue) noexcept;

// Rounds until one is granted or stopped. `attempt` runs one; `tell` shows how it ended, and whether the code is
// offered; `wait` sleeps, and looks for a key if it is; `rescue` asks for the code and does what it is for. The gate
// stays shut whatever comes of that.
struct Hands {
    std::function<Round()> attempt;
    std::function<Pause(Millis, Rescue)> wait;
    std::function<void(Round, Rescue)> tell;
    std::function<Millis()> now;
    std::function<void()> rescue;
};
[[nodiscard]] Round run_rounds(const Hands& hands);

}  // namespace sekimori::gate
