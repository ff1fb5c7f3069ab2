// SPDX-License-Identifier: Apache-2.0
// What a person is told: ids and parameters only. The texts live in po/ and are rendered by whoever talks to the person
// (PAM module, command). docs/PROTOCOL.md lists the ids; a number, once shipped, is never given another meaning.
#pragma once

#include <cstdint>

namespace sekimori {

enum class MessageId : std::uint16_t {
    none = 0,
    // what to do now
    tap_card = 1,          // Tap or insert your staff card.
    place_finger = 2,      // Now place a registered finger. {service} {requester}
    enter_pin = 3,         // PIN:  (echo off) {n} tries left on the card
    choose_account = 4,    // which of {items}? (echo on)
    intent_notice = 5,     // {service} was asked for by {requester}
    lift_finger = 6,       // lift the finger, then place it again
    tap_admin_card = 7,    // an administrator's card is needed first
    last_login = 8,        // last login {time} on {terminal}
    enter_code = 9,        // substitute or break-glass code (echo off); empty: the card after all
    enter_password = 10,   // (echo off)
    tap_second_card = 11,  // another administrator's card is needed as well
    session_until = 12,    // this session ends at {time}
    swap_card = 13,        // take your own card out, insert the approver's: one reader with one slot
    swap_back = 14,        // put your own card back within {n} seconds
    // retry hints of the sensor; nothing was counted
    retry_general = 20,
    retry_too_short = 21,
    retry_center = 22,
    retry_remove = 23,
    // why it went no further
    no_match = 40,   // {n} tries left
    pin_wrong = 41,  // {n} tries left on the card
    pin_blocked = 42,
    pin_last_try = 43,  // the card has one try left: it is not spent
    pin_missing = 44,   // a My Number card without a PIN
    card_unknown = 45,
    card_not_yours = 46,
    card_suspended = 47,
    card_revoked = 48,
    card_expired = 49,
    card_removed = 50,
    card_unreadable = 51,
    card_timeout = 52,
    finger_timeout = 53,
    too_many_cards = 54,
    card_weak = 55,        // the policy refuses cards of this strength
    fingers_missing = 56,  // fewer fingers enrolled than needed
    person_suspended = 57,
    account_not_allowed = 58,
    locked_out = 59,  // {n} seconds
    no_reader = 60,
    no_scanner = 61,
    broker_unavailable = 62,
    remote_refused = 63,
    no_person = 64,
    denied = 65,  // nothing more is told
    pin_timeout = 66,
    busy = 67,              // the devices serve somebody else
    observed = 68,          // trial mode: this is not a login
    fleet_stale = 69,       // the workstation was out of touch with its fleet for too long
    not_accepted = 70,      // a secret or the finger, and not which; {n} tries left
    break_glass_used = 71,  // emergency access: it is recorded and reported
    same_person = 72,       // the second administrator must be another one
    clock_suspect = 73,     // what ends by a date is not taken while the clock is wrong
    // dialogues of the command (docs/PROTOCOL-COMMANDS.md)
    enter_passphrase = 80,     // of a backup that exists (echo off)
    new_passphrase = 81,       // for a new backup (echo off)
    administrator_login = 82,  // setup: login of administrator {n} (echo on)
    administrator_name = 83,   // setup: name of administrator {n} (echo on)
    confirm_devices = 84,      // setup: use {items}? (echo on)
    new_password = 85,         // of a person (echo off)
};

}  // namespace sekimori
