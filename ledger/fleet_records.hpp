// SPDX-License-Identifier: Apache-2.0
// What travels in a fleet beside statements and entries, each signed by one key (signed_record.hpp).
#pragma once

#include "core/ids.hpp"
#include "crypto/hash.hpp"
#include "ledger/signed_record.hpp"

namespace sekimori {

// By the sequencer, every few seconds: how far the chain had come then. What a terminal's age is counted from.
struct Heartbeat {
    static constexpr crypto::Label kLabel{"sekimori heartbeat 1"};
    std::uint8_t fmt{kRecordFormat};
    LedgerId ledger;
    std::uint32_t epoch{1};
    std::uint64_t seq{};
    crypto::Hash hash{};
    std::uint64_t time{};  // wall ms
    static constexpr auto kFields =
        std::tuple{field<1>(&Heartbeat::fmt), field<2>(&Heartbeat::ledger), field<3>(&Heartbeat::epoch),
                   field<4>(&Heartbeat::seq), field<5>(&Heartbeat::hash),   field<6>(&Heartbeat::time)};
};

// The numbers are for ever.
enum class AckOutcome : std::uint8_t {
    refused = 1,         // from now on the card is refused here; it opened nothing that was open
    sessions_ended = 2,  // and what it had opened is locked or gone
    applied = 3,         // no card or session of it was here
};

// By a terminal's broker, once a denial is durable and what it ended is gone.
struct Acknowledgement {
    static constexpr crypto::Label kLabel{"sekimori acknowledgement 1"};
    std::uint8_t fmt{kRecordFormat};
    LedgerId ledger;
    TerminalId terminal;
    crypto::Hash statement{};
    std::uint64_t seq{};  // of the head that the terminal has
    crypto::Hash hash{};
    AckOutcome outcome{AckOutcome::applied};
    std::uint16_t sessions{};  // ended
    std::uint64_t time{};      // wall ms
    static constexpr auto kFields =
        std::tuple{field<1>(&Acknowledgement::fmt),      field<2>(&Acknowledgement::ledger),
                   field<3>(&Acknowledgement::terminal), field<4>(&Acknowledgement::statement),
                   field<5>(&Acknowledgement::seq),      field<6>(&Acknowledgement::hash),
                   field<7>(&Acknowledgement::outcome),  field<8>(&Acknowledgement::sessions),
                   field<9>(&Acknowledgement::time)};
};

// By a terminal's broker: how far its audit trail had come. Kept elsewhere, it witnesses the trail.
struct TrailHead {
    static constexpr crypto::Label kLabel{"sekimori trail head 1"};
    std::uint8_t fmt{kRecordFormat};
    LedgerId ledger;
    TerminalId terminal;
    std::uint64_t seq{};
    crypto::Hash hash{};
    std::uint64_t time{};
    static constexpr auto kFields =
        std::tuple{field<1>(&TrailHead::fmt), field<2>(&TrailHead::ledger), field<3>(&TrailHead::terminal),
                   field<4>(&TrailHead::seq), field<5>(&TrailHead::hash),   field<6>(&TrailHead::time)};
};

// By the authority: the key of a group, sealed for one terminal (group_key.hpp). Signed, so that no server can slip in
// a key of its own, under which somebody would then seal a person's.
struct GroupKeyRecord {
    static constexpr crypto::Label kLabel{"sekimori group key record 1"};
    std::uint8_t fmt{kRecordFormat};
    LedgerId ledger;
    TerminalId terminal;
    GroupId group;
    std::uint32_t generation{1};  // a revoked terminal makes the next one
    Bytes sealed;
    static constexpr auto kFields =
        std::tuple{field<1>(&GroupKeyRecord::fmt),        field<2>(&GroupKeyRecord::ledger),
                   field<3>(&GroupKeyRecord::terminal),   field<4>(&GroupKeyRecord::group),
                   field<5>(&GroupKeyRecord::generation), field<6>(&GroupKeyRecord::sealed, 128)};
};

}  // namespace sekimori

namespace sekimori::wire {
template <>
inline constexpr std::uint64_t kLast<AckOutcome> = static_cast<std::uint64_t>(AckOutcome::applied);
}  // namespace sekimori::wire
