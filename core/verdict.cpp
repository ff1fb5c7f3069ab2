// SPDX-License-Identifier: Apache-2.0
#include "core/verdict.hpp"

#include <array>
#include <cstddef>

namespace sekimori {
namespace {

constexpr auto D = Outcome::denied;
constexpr auto U = Outcome::unavailable;
using M = MessageId;
using R = Reason;

// In the order of the enumeration: the index is the reason.
constexpr std::array kRows{
    ReasonRow{R::granted, "granted", Outcome::granted, M::none},
    ReasonRow{R::break_glass, "break_glass", Outcome::granted, M::break_glass_used},
    ReasonRow{R::cancelled, "cancelled", D, M::denied},
    ReasonRow{R::card_timeout, "card_timeout", D, M::card_timeout},
    ReasonRow{R::pin_timeout, "pin_timeout", D, M::pin_timeout},
    ReasonRow{R::finger_timeout, "finger_timeout", D, M::finger_timeout},
    ReasonRow{R::transaction_timeout, "transaction_timeout", D, M::denied},
    ReasonRow{R::card_unknown, "card_unknown", D, M::card_unknown},
    ReasonRow{R::card_not_yours, "card_not_yours", D, M::card_not_yours},
    ReasonRow{R::card_suspended, "card_suspended", D, M::card_suspended},
    ReasonRow{R::card_revoked, "card_revoked", D, M::card_revoked},
    ReasonRow{R::card_expired, "card_expired", D, M::card_expired},
    ReasonRow{R::card_removed, "card_removed", D, M::card_removed},
    ReasonRow{R::card_swapped, "card_swapped", D, M::card_removed},
    ReasonRow{R::card_unreadable, "card_unreadable", D, M::card_unreadable},
    ReasonRow{R::card_weak, "card_weak", D, M::card_weak},
    ReasonRow{R::card_bad_signature, "card_bad_signature", D, M::denied},
    ReasonRow{R::too_many_cards, "too_many_cards", D, M::too_many_cards},
    ReasonRow{R::pin_wrong, "pin_wrong", D, M::pin_wrong},
    ReasonRow{R::pin_blocked, "pin_blocked", D, M::pin_blocked},
    ReasonRow{R::pin_last_try, "pin_last_try", D, M::pin_last_try},
    ReasonRow{R::pin_missing, "pin_missing", D, M::pin_missing},
    ReasonRow{R::pin_malformed, "pin_malformed", D, M::denied},
    ReasonRow{R::no_match, "no_match", D, M::no_match},
    ReasonRow{R::code_no_match, "code_no_match", D, M::not_accepted},
    ReasonRow{R::code_wrong, "code_wrong", D, M::not_accepted},
    ReasonRow{R::password_wrong, "password_wrong", D, M::not_accepted},
    ReasonRow{R::fingers_missing, "fingers_missing", D, M::fingers_missing},
    ReasonRow{R::person_suspended, "person_suspended", D, M::person_suspended},
    ReasonRow{R::person_unknown, "person_unknown", Outcome::no_person, M::no_person},
    ReasonRow{R::account_not_allowed, "account_not_allowed", D, M::account_not_allowed},
    ReasonRow{R::locked_out, "locked_out", Outcome::locked_out, M::locked_out},
    ReasonRow{R::no_reader, "no_reader", U, M::no_reader},
    ReasonRow{R::no_scanner, "no_scanner", U, M::no_scanner},
    ReasonRow{R::no_lockd, "no_lockd", U, M::broker_unavailable},
    ReasonRow{R::card_worker_lost, "card_worker_lost", U, M::no_reader},
    ReasonRow{R::finger_worker_lost, "finger_worker_lost", U, M::no_scanner},
    ReasonRow{R::remote, "remote", U, M::remote_refused},
    ReasonRow{R::same_person, "same_person", D, M::same_person},
    ReasonRow{R::not_permitted, "not_permitted", D, M::denied},
    ReasonRow{R::busy, "busy", U, M::busy},
    ReasonRow{R::revoked_meanwhile, "revoked_meanwhile", D, M::card_revoked},
    ReasonRow{R::clock_suspect, "clock_suspect", D, M::clock_suspect},
    ReasonRow{R::fleet_stale, "fleet_stale", D, M::fleet_stale},
    ReasonRow{R::record_failed, "record_failed", U, M::broker_unavailable},
    ReasonRow{R::protocol_error, "protocol_error", D, M::denied},
    ReasonRow{R::internal, "internal", U, M::broker_unavailable},
};

constexpr bool in_order() {
    for (std::size_t i = 0; i < kRows.size(); ++i)
        if (static_cast<std::size_t>(kRows[i].reason) != i) return false;
    return kRows.size() == static_cast<std::size_t>(R::internal) + 1;
}
static_assert(in_order());

}  // namespace

const ReasonRow& row_of(Reason reason) noexcept {
    const auto index = static_cast<std::size_t>(reason);
    return index < kRows.size() ? kRows[index] : kRows.back();
}

}  // namespace sekimori
