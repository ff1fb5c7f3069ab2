// SPDX-License-Identifier: Apache-2.0
// Budget: how much of something may happen in a row, and how fast the right to it comes back (a token bucket).
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/instant.hpp"

namespace sekimori::daemon {

class Budget {
  public:
    // `most` at once, and one more after every `each`.
    constexpr Budget(std::uint32_t most, Millis each) noexcept : most_(most), left_(most), each_(each) {}
    // Takes one if there is one. `boottime` never goes back.
    [[nodiscard]] constexpr bool take(Millis boottime) noexcept {
        const auto earned = (boottime - since_) / each_;
        if (earned > 0) {
            left_ = static_cast<std::uint32_t>(std::min<std::int64_t>(most_, left_ + earned));
            since_ += earned * each_;
        }
        if (left_ == 0) return false;
        --left_;
        return true;
    }

  private:
    std::uint32_t most_, left_;
    Millis each_, since_{0};
};

}  // namespace sekimori::daemon
