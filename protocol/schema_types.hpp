// SPDX-License-Identifier: Apache-2.0
// The message types of the schema (schema.hpp) and what its parts share.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "core/factor.hpp"
#include "core/ids.hpp"
#include "core/verdict.hpp"
#include "protocol/wire.hpp"

namespace sekimori::wire {

inline constexpr std::uint16_t kProtocolMin = 1;
inline constexpr std::uint16_t kProtocolMax = 1;

enum class MessageType : std::uint16_t {
    // auth.sock and command dialogues: client -> broker
    hello = 1,
    begin = 2,
    answer = 3,
    account = 4,
    open_session = 5,
    close_session = 6,
    // broker -> client
    welcome = 32,
    prompt = 33,
    verdict = 34,
    progress = 35,
    command_done = 36,
    receipt_fills = 37,
    // any worker -> broker, and back
    worker_hello = 64,
    worker_welcome = 65,
    retire = 66,
    // card worker -> broker
    readers = 80,
    card_present = 81,
    card_absent = 82,
    identified = 83,
    signed_challenge = 84,
    card_data = 85,
    card_failed = 86,
    lite_s_answer = 87,
    lite_s_confirmed = 88,
    // broker -> card worker
    identify = 96,
    sign_challenge = 97,
    read_card = 98,
    lite_s_challenge = 99,
    lite_s_authenticate = 100,
    release = 101,
    // finger worker -> broker
    scanners = 128,
    armed = 129,
    finger_retry = 130,
    finger_matched = 131,
    finger_no_match = 132,
    finger_failed = 133,
    enrol_stage = 134,
    enrol_done = 135,
    // broker -> finger worker
    gallery_item = 144,
    verify = 145,
    enrol_finger = 146,
    stop = 147,
    // lockd -> broker
    session_facts = 160,
    session_seen = 161,
    locker_gone = 162,
    session_removed = 163,
    session_emptied = 164,
    session_idle = 165,
    machine_slept = 166,
    // broker -> lockd
    watch_session = 176,
    lock_session = 177,
    end_session = 178,
    forget_session = 179,
    // fleet agent -> broker
    link_state = 192,
    denial_heard = 193,
    entry_came = 194,
    blob_came = 195,
    person_key_came = 196,
    group_key_came = 197,
    heartbeat_came = 198,
    submit_done = 199,
    ack_stored = 200,
    ack_came = 201,
    trail_stored = 202,
    join_csr = 203,
    join_answer = 204,
    join_failed = 205,
    certificate_state = 206,
    renewal_csr = 207,
    // broker -> fleet agent
    fleet_state = 224,
    submit_blob = 225,
    submit_person_key = 226,
    submit = 227,
    acknowledge = 228,
    watch_acks = 229,
    trail_row = 230,
    trail_head = 231,
    join_start = 232,
    join_request = 233,
    join_done = 234,
    fleet_left = 235,
    renewal_request = 236,
    // sekimori-media -> broker
    media_sweep = 256,
    media_plugged = 257,
    media_gone = 258,
    // broker -> sekimori-media
    media_answer = 272,
};

// A request number ties answers to questions on one worker connection; the broker counts up from 1.
using Request = std::uint32_t;
using Block = std::array<std::uint8_t, 16>;  // one FeliCa block

}  // namespace sekimori::wire
