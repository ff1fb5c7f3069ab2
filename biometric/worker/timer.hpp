// SPDX-License-Identifier: Apache-2.0
// A timer of the global default main context that is moved, not made anew.
#pragma once

#include <glib.h>

#include <functional>
#include <optional>

#include "core/instant.hpp"

namespace sekimori::biometric {

// The clock of all timers here: monotonic, as the main loop's.
[[nodiscard]] Millis monotonic_now() noexcept;

class Timer {
  public:
    // `patient`: fires only when nothing else in the main loop is waiting to be handled.
    enum class Manners : std::uint8_t { prompt, patient };
    Timer(Manners manners, std::function<void()> due);
    ~Timer();
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    // Nothing: not at all. A time that has passed: at the next turn of the loop, at every turn until it is moved.
    void set(std::optional<Millis> at) noexcept;

  private:
    static gboolean dispatch(gpointer self) noexcept;
    GSource* source_;
    std::function<void()> due_;
    std::optional<Millis> at_;
};

}  // namespace sekimori::biometric
