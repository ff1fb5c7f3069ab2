// SPDX-License-Identifier: Apache-2.0
// One row of the audit trail as it is signed, and the walk that verifies rows one after the other: the same for the
// broker's own trail and for an export that somebody reads years later, without a broker.
#pragma once

#include <optional>
#include <string>

#include "core/ids.hpp"
#include "crypto/ed25519.hpp"
#include "ledger/tlv.hpp"

namespace sekimori {

using crypto::Hash;

struct TrailRecord {
    std::uint8_t fmt{1};
    std::uint64_t seq{};
    Hash previous{};               // hash of the row before; zero for the first
    crypto::PublicKey next_key{};  // signs the next row
    std::array<std::uint8_t, 16> boot_id{};
    std::uint64_t boottime{}, wall{};
    std::uint8_t wall_suspect{};
    std::string what, service, where, reason;
    std::optional<PersonId> who;
    std::optional<CardId> card;
    std::optional<PersonId> subject;
    std::uint8_t success{};  // 1; anything else is a failure
    LedgerId ledger;         // where the ledger stood
    std::uint64_t ledger_seq{};
    Hash ledger_hash{};
    std::optional<crypto::PublicKey> signer;  // of a checkpoint: the key that signs this row
    static constexpr auto kFields =
        std::tuple{field<1>(&TrailRecord::fmt),          field<2>(&TrailRecord::seq),
                   field<3>(&TrailRecord::previous),     field<4>(&TrailRecord::next_key),
                   field<5>(&TrailRecord::boot_id),      field<6>(&TrailRecord::boottime),
                   field<7>(&TrailRecord::wall),         field<8>(&TrailRecord::wall_suspect),
                   field<9>(&TrailRecord::what, 64),     field<10>(&TrailRecord::service, 64),
                   field<11>(&TrailRecord::where, 128),  field<12>(&TrailRecord::reason, 128),
                   field<13>(&TrailRecord::who),         field<14>(&TrailRecord::card),
                   field<15>(&TrailRecord::subject),     field<16>(&TrailRecord::success),
                   field<17>(&TrailRecord::ledger),      field<18>(&TrailRecord::ledger_seq),
                   field<19>(&TrailRecord::ledger_hash), field<20>(&TrailRecord::signer)};
};
struct SignedRow {
    Bytes bytes;
    crypto::Signature signature{};
};

[[nodiscard]] Hash hash_of_row(ByteSpan bytes);
[[nodiscard]] Result<SignedRow> sign_row(const TrailRecord& record, const crypto::SigningKey& key);
[[nodiscard]] Status verify_row(const SignedRow& row, const crypto::PublicKey& key);

// Where a chain begins or goes on: the seq of the next row, the hash of the one before and the key that signs it.
struct TrailAnchor {
    std::uint64_t seq{1};
    Hash previous{};
    crypto::PublicKey key{};
    static constexpr auto kFields =
        std::tuple{field<1>(&TrailAnchor::seq), field<2>(&TrailAnchor::previous), field<3>(&TrailAnchor::key)};
};

// Where the row behind this one has to fit, if this one is believed. Errors: corrupt.
[[nodiscard]] Result<TrailAnchor> anchor_behind(std::uint64_t seq, ByteSpan row);

class TrailWalk {
  public:
    explicit TrailWalk(const TrailAnchor& from) : at_(from) {}
    // The next row. Errors: corrupt, with what is wrong about it; the walk stays where it was.
    [[nodiscard]] Result<TrailRecord> take(std::uint64_t seq, const SignedRow& row);
    // Where the next row has to fit. The last row that did has seq - 1 and the hash `previous`.
    [[nodiscard]] const TrailAnchor& next() const noexcept { return at_; }

  private:
    TrailAnchor at_;
};

}  // namespace sekimori
