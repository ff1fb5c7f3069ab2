// SPDX-License-Identifier: Apache-2.0
// Charges: the counters of one transaction — person, card, caller — kept in step in the store. Charged before the
// guess, told how it ended once; a transaction that never tells (killed) leaves them charged.
#pragma once

#include <vector>

#include "core/lockout.hpp"
#include "daemon/store/store.hpp"

namespace sekimori::daemon {

class Charges {
  public:
    Charges(Store& store, LockoutPolicy policy) : store_(&store), policy_(policy) {}

    // The keys that count from now on. Charges made before stay with the earlier ones.
    void keys(std::vector<LockoutKey> keys) { keys_ = std::move(keys); }
    [[nodiscard]] LockoutView view(const LockoutKey& key, Millis boottime) const;
    // The longest wait and the fewest tries of all keys.
    [[nodiscard]] LockoutView worst(Millis boottime) const;
    // One attempt on every key, durable when it returns. Errors: locked, full, io.
    Status charge(Millis boottime);
    [[nodiscard]] bool charged() const noexcept { return charged_ > 0; }
    void failed(Millis boottime);
    void succeeded();

  private:
    Store* store_;
    LockoutPolicy policy_;
    std::vector<LockoutKey> keys_;
    std::uint32_t charged_{0};
};

}  // namespace sekimori::daemon
