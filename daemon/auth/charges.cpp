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

Result<ChargeIs> Charges::charge(Millis boottime, OnFullDisk full) {
    if (worst(boottime).locked()) return fail(ErrorCode::locked, "too many failures");
    ChargeIs is = ChargeIs::kept;
    for (const LockoutKey& key : keys_) {
        const LockoutState before = store_->lockout(key);
        const LockoutState after = sekimori::charge(policy_, before, boottime);
        const Status stored = store_->set_lockout(key, after);
        if (!stored) {
            if (full == OnFullDisk::refuse || stored.error().code != ErrorCode::full)
                return tl::unexpected<Error>(stored.error());
            is = ChargeIs::held;
        }
        note({key, before, after, stored ? ChargeIs::kept : ChargeIs::held});
    }
    ++charged_;
    return is;
}

void Charges::note(Own own) {
    const auto at = std::ranges::find(own_, own.key, &Own::key);
    if (at == own_.end())
        own_.push_back(std::move(own));
    else
        at->after = own.after;
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

void Charges::taken_back() {
    if (charged_ == 0) return;
    charged_ = 0;
    for (const Own& own : own_) {
        if (store_->lockout(own.key) != own.after) continue;
        const Status stored = store_->set_lockout(own.key, own.before);
        // What the disk counts counts here.
        if (!stored && own.first == ChargeIs::kept) (void)store_->set_lockout(own.key, own.after);
    }
}

}  // namespace sekimori::daemon
