// SPDX-License-Identifier: Apache-2.0
// The module's own bounds: a host is not kept waiting by a broker that hangs.
#pragma once

#include <algorithm>
#include <chrono>

#include "protocol/channel.hpp"

namespace sekimori::pam {

struct Limits {
    Millis dialogue;  // one authentication: above the broker's own 90 s for a transaction, so that its reason is shown
    Millis trial;     // contract.md: `observe` takes at most 15 s
    Millis request;   // account and session: a question without a dialogue
    Millis welcome;   // silence before the welcome means that there is no broker
    const char* offline_list;  // offline.hpp
};
// Fixed when the module is built (limits.cpp); no stack and no environment changes them. The tests link others.
[[nodiscard]] const Limits& limits() noexcept;

class Deadline {
  public:
    explicit Deadline(Millis limit) noexcept : end_(Clock::now() + limit) {}
    [[nodiscard]] Millis left() const noexcept {
        return std::max(std::chrono::duration_cast<Millis>(end_ - Clock::now()), Millis{0});
    }
    [[nodiscard]] Millis left(Millis at_most) const noexcept { return std::min(left(), at_most); }

  private:
    using Clock = std::chrono::steady_clock;
    Clock::time_point end_;
};

}  // namespace sekimori::pam
