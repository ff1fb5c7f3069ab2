// SPDX-License-Identifier: Apache-2.0
// The system's clock, held to what was recorded: wall time never falls below the store's high-water mark (house.md 4).
#pragma once

#include "core/ports.hpp"
#include "daemon/store/store.hpp"

namespace sekimori::daemon {

class JudgedClock final : public Clock {
  public:
    explicit JudgedClock(Clock& system) : system_(system) {}
    // Until then, and for the store itself, the clock is read as it is.
    void judge_by(const Store& store) { store_ = &store; }
    [[nodiscard]] Instant now() override {
        return store_ == nullptr ? system_.now() : judge_wall(system_.now(), store_->high_water());
    }

  private:
    Clock& system_;
    const Store* store_{nullptr};
};

}  // namespace sekimori::daemon
