// SPDX-License-Identifier: Apache-2.0
#include "fleet/authority/clock_guard.hpp"

#include <algorithm>

namespace sekimori::fleet {
namespace {

Millis millis(std::uint64_t time) noexcept { return Millis{static_cast<Millis::rep>(time)}; }
std::uint64_t number(Millis time) noexcept {
    return static_cast<std::uint64_t>(std::max<Millis::rep>(time.count(), 0));
}

ClockRecord compare_from(ClockRecord record, const Instant& now) noexcept {
    record.boot = now.boot_id;
    record.boottime = number(now.boottime);
    record.wall = number(now.wall);
    return record;
}

}  // namespace

ClockIs judge(const ClockRecord& record, const Instant& now) noexcept {
    if (now.wall + kClockStep < millis(record.right)) return ClockIs::behind;
    if (record.boot == now.boot_id) {
        const Millis by = (now.wall - millis(record.wall)) - (now.boottime - millis(record.boottime));
        return by > kClockStep || by < -kClockStep ? ClockIs::set : ClockIs::right;
    }
    return now.wall > millis(record.right) + kClockAway ? ClockIs::ahead : ClockIs::right;
}

const char* describe(ClockIs clock) noexcept {
    switch (clock) {
        case ClockIs::right:
            break;
        case ClockIs::set:
            return "this host's clock was set by more than five minutes";
        case ClockIs::behind:
            return "this host's clock stands before what it showed already";
        case ClockIs::ahead:
            return "this host's clock stands more than 31 days after what it showed last";
    }
    return "";
}

ClockRecord first_record(Millis signed_last, const Instant& now) noexcept {
    ClockRecord record;
    record.right = number(signed_last);
    // Of no boot: it is judged as after a reboot.
    return signed_last != Millis{0} && now.wall > signed_last + kClockAway ? record : went_on(record, now);
}

ClockRecord went_on(ClockRecord record, const Instant& now) noexcept {
    record.right = std::max(record.right, number(now.wall));
    return record.boot == now.boot_id ? record : compare_from(record, now);
}

ClockRecord accepted(ClockRecord record, const Instant& now) noexcept {
    record.right = number(now.wall);
    record.accepted = std::max(record.accepted + 1, record.right);
    return compare_from(record, now);
}

}  // namespace sekimori::fleet
