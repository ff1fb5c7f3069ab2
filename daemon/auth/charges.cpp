// SPDX-License-Identifier: Apache-2.0
#include "daemon/auth/charges.hpp"

#include <algorithm>

namespace sekimori::daemon {

LockoutView Charges::view(const LockoutKey& key, Millis boottime) const {
    return sekimori::view(policy_, store_->lockout(key), boottime);
}

LockoutView Charges::worst(Millis boottime) const {
    LockoutView worst{Millis{0}, policy_.failures};
    for (const LockoutKey& key : keys_) {
        const LockoutView one = view(key, boottime);
        worst.wait = std::max(worst.wait, one.wait);
        worst.tries = std::min(worst.tries, one.tries);
    }
    return worst;
}

Status Charges::charge(Millis boottime) {
    if (worst(boottime).locked()) return fail(ErrorCode::locked, "too many failures");
    for (const LockoutKey& key : keys_)
        if (auto stored = store_->set_lockout(key, sekimori::charge(policy_, store_->lockout(key), boottime)); !stored)
            return stored;
    ++charged_;
    return {};
}

void Charges::failed(Millis boottime) {
    if (charged_ == 0) return;
    charged_ = 0;
    // Best effort: what can't be stored stays charged, and a full counter locks by itself.
    for (const LockoutKey& key : keys_) {
        const LockoutState now = store_->lockout(key);
        const LockoutState then = sekimori::failed(policy_, now, boottime);
        if (then != now) (void)store_->set_lockout(key, then);
    }
}

void Charges::succeeded() {
    if (charged_ == 0) return;
    charged_ = 0;
    for (const LockoutKey& key : keys_) (void)store_->set_lockout(key, sekimori::succeeded());
}

}  // namespace sekimori::daemon
