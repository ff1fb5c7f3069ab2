// SPDX-License-Identifier: Apache-2.0
// How a transaction ends. Outcome is what the PAM module maps to a code (contract.md, PAM); Reason is for the audit
// trail.
#pragma once

#include <cstdint>

#include "core/message.hpp"

namespace sekimori {

enum class Outcome : std::uint8_t {
    denied = 0,  // the value of anything not decided
    granted = 1,
    locked_out = 2,
    unavailable = 3,  // no device, no worker, remote: nothing was judged
    no_person = 4,    // the account belongs to nobody we know
};

// Why. One row each in reason.cpp: stable name, outcome, and what the person is told (never which factor was wrong).
enum class Reason : std::uint8_t {
    granted,
    break_glass,  // let in without two factors: never compliant
    cancelled,
    card_timeout,
    pin_timeout,
    finger_timeout,
    transaction_timeout,
    card_unknown,
    card_not_yours,
    card_suspended,
    card_revoked,
    card_expired,
    card_removed,
    card_swapped,
    card_unreadable,
    card_weak,
    card_bad_signature,
    too_many_cards,
    pin_wrong,
    pin_blocked,
    pin_last_try,
    pin_missing,
    pin_malformed,
    no_match,
    code_no_match,  // the finger, where a code or password was wanted too: told in the same words as
    code_wrong,     // the code
    password_wrong,
    fingers_missing,
    person_suspended,
    person_unknown,
    account_not_allowed,
    locked_out,
    no_reader,
    no_scanner,
    no_lockd,  // nobody could lock the session
    card_worker_lost,
    finger_worker_lost,
    remote,
    same_person,    // two administrators were wanted
    not_permitted,  // an unprivileged caller asked for what is not its own
    busy,
    revoked_meanwhile,
    clock_suspect,
    fleet_stale,    // out of touch with the fleet for longer than this terminal may be
    record_failed,  // the audit event could not be made durable
    protocol_error,
    internal,
};

struct ReasonRow {
    Reason reason;
    const char* name;
    Outcome outcome;
    MessageId message;
};
// Total: every Reason has its row.
[[nodiscard]] const ReasonRow& row_of(Reason reason) noexcept;
[[nodiscard]] inline const char* name_of(Reason reason) noexcept { return row_of(reason).name; }

}  // namespace sekimori
