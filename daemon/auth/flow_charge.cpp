// SPDX-License-Identifier: Apache-2.0
// An attempt is charged before it is made; and what a full disk makes of one.
#include "daemon/auth/flow.hpp"
#include "event/log.hpp"

namespace sekimori::daemon {
namespace {

std::uint32_t seconds_of(Millis wait) { return static_cast<std::uint32_t>((wait.count() + 999) / 1000); }

}  // namespace

OnFullDisk Flow::on_full_disk() const noexcept {
    return policy_.full == FullDisk::may_deny ? OnFullDisk::hold : OnFullDisk::refuse;
}

// The journal is told what the trail can't be. An attempt is in the name of the person whom the card claims.
void Flow::held(std::string_view what) {
    log_alert("the disk is full: {} of {} for {} is not on it (person {}, card {}); it may lead to a denial only", what,
              request_.where, request_.service, resolved_->person.id.hex(), resolved_->card.id.hex());
}

void Flow::charge() {
    const auto charged = charges_.charge(boottime(), on_full_disk());
    if (charged && *charged == ChargeIs::held) {
        held("an attempt");
        return feed(event::ChargeHeld{});
    }
    if (charged) return feed(event::Charged{});
    if (charged.error().code == ErrorCode::locked)
        return feed(event::ChargeRefused{Reason::locked_out, seconds_of(charges_.worst(boottime()).wait)});
    log_error("an attempt could not be charged: {}", charged.error().message);
    feed(event::ChargeRefused{Reason::record_failed});
}

}  // namespace sekimori::daemon
