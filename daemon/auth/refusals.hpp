// SPDX-License-Identifier: Apache-2.0
// Refusals: the trail's lines about those who were turned away before they showed anything (no card that is known,
// nothing charged). Asking is free, by sudo for everybody: so they are written up to a rate, and counted beyond it.
// What was granted, charged or shown by a known card is always written, not here.
#pragma once

#include <cstdint>

#include "daemon/auth/budget.hpp"
#include "daemon/store/store.hpp"

namespace sekimori::daemon {

class Refusals {
  public:
    static constexpr std::uint32_t kMost = 300;
    static constexpr Millis kEach = std::chrono::seconds{3};

    void append(Store& store, const AuditEvent& event, Millis boottime);

  private:
    Budget budget_{kMost, kEach};
    std::uint64_t left_out_{0};
};

}  // namespace sekimori::daemon
