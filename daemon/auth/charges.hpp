// SPDX-License-Identifier: Apache-2.0
// Charges: the counters of one transaction — person, card, caller — kept in step in the store. Charged before the
// guess, told how it ended once; a transaction that never tells (killed) leaves them charged.
//
// On a full disk a charge can be held: it counts in the store's memory, which is never more lenient than what is on
// disk, and goes there with the store's next write (Store::set_lockout). A restart forgets it, so what is proved with
// one opens nothing (core/transaction.hpp).
#pragma once

#include <vector>

#include "core/lockout.hpp"
#include "daemon/store/store.hpp"

namespace sekimori::daemon {

enum class OnFullDisk : std::uint8_t { refuse, hold };
enum class ChargeIs : std::uint8_t { kept, held };

class Charges {
  public:
    Charges(Store& store, LockoutPolicy policy) : store_(&store), policy_(policy) {}

    // The keys that count from now on. Charges made before stay with the earlier ones.
    void keys(std::vector<LockoutKey> keys) { keys_ = std::move(keys); }
    [[nodiscard]] LockoutView view(const LockoutKey& key, Millis boottime) const;
    // The longest wait and the fewest tries of all keys.
    [[nodiscard]] LockoutView worst(Millis boottime) const;
    // One attempt on every key; kept: durable when it returns. Errors: locked, full (OnFullDisk::refuse), io.
    Result<ChargeIs> charge(Millis boottime, OnFullDisk full = OnFullDisk::refuse);
    [[nodiscard]] bool charged() const noexcept { return charged_ > 0; }
    void failed(Millis boottime);
    void succeeded();
    // It was right, and nobody may be let in by it: what it charged is taken back, and no earlier attempt.
    void taken_back();

  private:
    struct Own {  // what this charged: from here to there
        LockoutKey key;
        LockoutState before, after;
        ChargeIs first;  // kept: the disk has it
    };
    void note(Own own);

    Store* store_;
    LockoutPolicy policy_;
    std::vector<LockoutKey> keys_;
    std::vector<Own> own_;
    std::uint32_t charged_{0};
};

}  // namespace sekimori::daemon
