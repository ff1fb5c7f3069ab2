// SPDX-License-Identifier: Apache-2.0
// The schema, part five: sekimori-fleet, which carries bytes between the broker and the fleet's server. What it brings
// is verified by the broker, and it decides nothing. The bytes inside are records of the ledger (docs/FORMATS.md).
#pragma once

#include "protocol/schema_types.hpp"

namespace sekimori::wire {

using Hash32 = std::array<std::uint8_t, 32>;

inline constexpr std::size_t kMaxStatement = 56 * 1024;   // a SignedStatement
inline constexpr std::size_t kMaxSignedEntry = 1280;      // a SignedEntry
inline constexpr std::size_t kMaxSignedRecord = 1280;     // a SignedRecord
inline constexpr std::size_t kMaxSealedBlob = 52 * 1024;  // a template of 48 KiB, sealed
inline constexpr std::size_t kMaxSealedKey = 128;
inline constexpr std::size_t kMaxTrailRow = 8 * 1024;
inline constexpr std::size_t kMaxJoinRecord = 40 * 1024;  // a MacedRecord
inline constexpr std::size_t kMaxBlobGroups = 64;

// ---- agent -> broker

enum class LinkIs : std::uint8_t { down, up };
// At every change. Informational: what counts is the age of the last heartbeat.
struct LinkState {
    static constexpr auto kType = MessageType::link_state;
    LinkIs state{};
    std::string server;     // the host that it is connected to, or was
    std::uint64_t since{};  // wall ms
    std::string why;        // down: in short
    static constexpr auto kFields = std::tuple{field<1>(&LinkState::state), field<2>(&LinkState::server, 256),
                                               field<3>(&LinkState::since), field<4>(&LinkState::why, 256)};
};
// A statement heard by notification, before it has an entry. Only a denial has an effect.
struct DenialHeard {
    static constexpr auto kType = MessageType::denial_heard;
    Bytes statement;
    static constexpr auto kFields = std::tuple{field<1>(&DenialHeard::statement, kMaxStatement)};
};
// In the order of seq, from the head of FleetState on. Before it come the BlobCame and PersonKeyCame that its statement
// needs.
struct EntryCame {
    static constexpr auto kType = MessageType::entry_came;
    Bytes entry, statement;
    static constexpr auto kFields =
        std::tuple{field<1>(&EntryCame::entry, kMaxSignedEntry), field<2>(&EntryCame::statement, kMaxStatement)};
};
struct BlobCame {
    static constexpr auto kType = MessageType::blob_came;
    Hash32 hash{};
    Bytes sealed;
    static constexpr auto kFields = std::tuple{field<1>(&BlobCame::hash), field<2>(&BlobCame::sealed, kMaxSealedBlob)};
};
// A person's data key, sealed with the key of a group that the terminal is in (or administers).
struct PersonKeyCame {
    static constexpr auto kType = MessageType::person_key_came;
    PersonId person;
    GroupId group;
    std::uint32_t generation{};
    Bytes sealed;
    static constexpr auto kFields =
        std::tuple{field<1>(&PersonKeyCame::person), field<2>(&PersonKeyCame::group),
                   field<3>(&PersonKeyCame::generation), field<4>(&PersonKeyCame::sealed, kMaxSealedKey)};
};
struct GroupKeyCame {
    static constexpr auto kType = MessageType::group_key_came;
    Bytes record;  // SignedRecord of a GroupKeyRecord
    static constexpr auto kFields = std::tuple{field<1>(&GroupKeyCame::record, kMaxSignedRecord)};
};
struct HeartbeatCame {
    static constexpr auto kType = MessageType::heartbeat_came;
    Bytes record;  // SignedRecord of a Heartbeat
    static constexpr auto kFields = std::tuple{field<1>(&HeartbeatCame::record, kMaxSignedRecord)};
};
// stored: durable on the server, and the broker may forget it. refused: by the sequencer, which will not place it; a
// denial stays in force here all the same.
enum class SubmitOutcome : std::uint8_t { stored, refused };
struct SubmitDone {
    static constexpr auto kType = MessageType::submit_done;
    Hash32 statement{};
    SubmitOutcome outcome{};
    std::string why;
    static constexpr auto kFields =
        std::tuple{field<1>(&SubmitDone::statement), field<2>(&SubmitDone::outcome), field<3>(&SubmitDone::why, 256)};
};
struct AckStored {
    static constexpr auto kType = MessageType::ack_stored;
    Hash32 statement{};
    static constexpr auto kFields = std::tuple{field<1>(&AckStored::statement)};
};
// Of any terminal, for a statement that is watched.
struct AckCame {
    static constexpr auto kType = MessageType::ack_came;
    Bytes record;  // SignedRecord of an Acknowledgement
    static constexpr auto kFields = std::tuple{field<1>(&AckCame::record, kMaxSignedRecord)};
};
// After the link is up, and whenever the server has more: rows up to this seq are durable there; 0: none. `head`: the
// newest signed head that the server keeps of this terminal, or empty.
struct TrailStored {
    static constexpr auto kType = MessageType::trail_stored;
    std::uint64_t seq{};
    Bytes head;
    static constexpr auto kFields =
        std::tuple{field<1>(&TrailStored::seq), field<2>(&TrailStored::head, kMaxSignedRecord)};
};
struct JoinCsr {
    static constexpr auto kType = MessageType::join_csr;
    Bytes csr;  // DER, of a key that stays with the agent
    static constexpr auto kFields = std::tuple{field<1>(&JoinCsr::csr, 4096)};
};
struct JoinAnswer {
    static constexpr auto kType = MessageType::join_answer;
    Bytes reply;  // MacedRecord of a JoinReply
    static constexpr auto kFields = std::tuple{field<1>(&JoinAnswer::reply, kMaxJoinRecord)};
};
struct JoinFailed {
    static constexpr auto kType = MessageType::join_failed;
    std::string why;
    static constexpr auto kFields = std::tuple{field<1>(&JoinFailed::why, 256)};
};
// Of a member, when it is read and whenever it changed. Informational, as the link.
enum class Renewal : std::uint8_t { none, waiting };  // waiting: for the authority
struct CertificateState {
    static constexpr auto kType = MessageType::certificate_state;
    std::uint64_t from{}, until{};  // wall ms; 0 and 0: there is none that can be read
    Renewal renewal{};
    static constexpr auto kFields = std::tuple{field<1>(&CertificateState::from), field<2>(&CertificateState::until),
                                               field<3>(&CertificateState::renewal)};
};
// For a new key of the agent's: to be signed for the authority.
struct RenewalCsr {
    static constexpr auto kType = MessageType::renewal_csr;
    Bytes csr;  // DER
    static constexpr auto kFields = std::tuple{field<1>(&RenewalCsr::csr, 512)};
};

// ---- broker -> agent

enum class Membership : std::uint8_t { none, member, revoked };
// After the welcome and whenever it changed otherwise than by an entry of the agent's. The agent goes on after `seq`.
struct FleetState {
    static constexpr auto kType = MessageType::fleet_state;
    Membership membership{};
    LedgerId ledger;
    TerminalId terminal;
    std::uint64_t seq{};
    Hash32 hash{};
    static constexpr auto kFields =
        std::tuple{field<1>(&FleetState::membership), field<2>(&FleetState::ledger), field<3>(&FleetState::terminal),
                   field<4>(&FleetState::seq), field<5>(&FleetState::hash)};
};
// What a statement needs goes before its Submit. Each is repeated until the Submit after it is done; the same bytes
// again are no error.
struct SubmitBlob {
    static constexpr auto kType = MessageType::submit_blob;
    Hash32 hash{};
    PersonId person;
    std::vector<GroupId> groups;
    Bytes sealed;
    static constexpr auto kFields =
        std::tuple{field<1>(&SubmitBlob::hash), field<2>(&SubmitBlob::person),
                   field<3>(&SubmitBlob::groups, kMaxBlobGroups), field<4>(&SubmitBlob::sealed, kMaxSealedBlob)};
};
struct SubmitPersonKey {
    static constexpr auto kType = MessageType::submit_person_key;
    PersonId person;
    GroupId group;
    std::uint32_t generation{};
    Bytes sealed;
    static constexpr auto kFields =
        std::tuple{field<1>(&SubmitPersonKey::person), field<2>(&SubmitPersonKey::group),
                   field<3>(&SubmitPersonKey::generation), field<4>(&SubmitPersonKey::sealed, kMaxSealedKey)};
};
struct Submit {
    static constexpr auto kType = MessageType::submit;
    Hash32 statement{};  // its hash
    Bytes sealed;        // a SignedStatement
    static constexpr auto kFields = std::tuple{field<1>(&Submit::statement), field<2>(&Submit::sealed, kMaxStatement)};
};
struct Acknowledge {
    static constexpr auto kType = MessageType::acknowledge;
    Hash32 statement{};
    Bytes record;  // SignedRecord of an Acknowledgement
    static constexpr auto kFields =
        std::tuple{field<1>(&Acknowledge::statement), field<2>(&Acknowledge::record, kMaxSignedRecord)};
};
enum class Watching : std::uint8_t { stop, start };
// From `start` on every acknowledgement of the statement comes, those that are there first.
struct WatchAcks {
    static constexpr auto kType = MessageType::watch_acks;
    Hash32 statement{};
    Watching watching{};
    static constexpr auto kFields = std::tuple{field<1>(&WatchAcks::statement), field<2>(&WatchAcks::watching)};
};
// The audit trail, row after row from the one after TrailStored, as it lies on disk.
struct TrailRow {
    static constexpr auto kType = MessageType::trail_row;
    std::uint64_t seq{};
    Bytes row, signature;
    static constexpr auto kFields = std::tuple{field<1>(&TrailRow::seq), field<2>(&TrailRow::row, kMaxTrailRow),
                                               field<3>(&TrailRow::signature, 64)};
};
struct TrailHeadSigned {
    static constexpr auto kType = MessageType::trail_head;
    std::uint64_t seq{};
    Bytes record;  // SignedRecord of a TrailHead
    static constexpr auto kFields =
        std::tuple{field<1>(&TrailHeadSigned::seq), field<2>(&TrailHeadSigned::record, kMaxSignedRecord)};
};
// The agent makes a key for TLS, answers with JoinCsr, then brings JoinRequest to the server and its answer back.
struct JoinStart {
    static constexpr auto kType = MessageType::join_start;
    std::string server;
    Bytes ca;  // DER
    TokenId token;
    TerminalId terminal;
    static constexpr auto kFields = std::tuple{field<1>(&JoinStart::server, 512), field<2>(&JoinStart::ca, 4096),
                                               field<3>(&JoinStart::token), field<4>(&JoinStart::terminal)};
};
struct JoinRequest {
    static constexpr auto kType = MessageType::join_request;
    TokenId token;
    Bytes request;  // MacedRecord of a JoinAsk
    static constexpr auto kFields =
        std::tuple{field<1>(&JoinRequest::token), field<2>(&JoinRequest::request, kMaxJoinRecord)};
};
// The answer was good: the agent keeps this certificate with the key that it made. FleetState follows.
struct JoinDone {
    static constexpr auto kType = MessageType::join_done;
    Bytes certificate;  // DER
    static constexpr auto kFields = std::tuple{field<1>(&JoinDone::certificate, 8192)};
};
// The agent forgets key, certificate and server; also what a join had begun.
struct FleetLeft {
    static constexpr auto kType = MessageType::fleet_left;
    static constexpr auto kFields = std::tuple<>{};
};
// Of the last RenewalCsr.
struct RenewalRequest {
    static constexpr auto kType = MessageType::renewal_request;
    Bytes record;  // SignedRecord of a RenewalAsk
    static constexpr auto kFields = std::tuple{field<1>(&RenewalRequest::record, kMaxSignedRecord)};
};

template <>
inline constexpr std::uint64_t kLast<LinkIs> = static_cast<std::uint64_t>(LinkIs::up);
template <>
inline constexpr std::uint64_t kLast<Renewal> = static_cast<std::uint64_t>(Renewal::waiting);
template <>
inline constexpr std::uint64_t kLast<SubmitOutcome> = static_cast<std::uint64_t>(SubmitOutcome::refused);
template <>
inline constexpr std::uint64_t kLast<Membership> = static_cast<std::uint64_t>(Membership::revoked);
template <>
inline constexpr std::uint64_t kLast<Watching> = static_cast<std::uint64_t>(Watching::start);

}  // namespace sekimori::wire
