// SPDX-License-Identifier: Apache-2.0
// Trail: the audit rows, each chained to the one before and signed by a key that ceases to exist. A broken trail does
// not stop the machine: the next row says so ("audit.broken"), and verify() names the first bad row for ever.
#pragma once

#include <memory>

#include "daemon/store/chain.hpp"
#include "daemon/store/store.hpp"
#include "daemon/store/trail_key.hpp"
#include "daemon/store/witness.hpp"

namespace sekimori::daemon {

// A row as it is signed.
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
    static constexpr auto kFields =
        std::tuple{field<1>(&TrailRecord::fmt),         field<2>(&TrailRecord::seq),
                   field<3>(&TrailRecord::previous),    field<4>(&TrailRecord::next_key),
                   field<5>(&TrailRecord::boot_id),     field<6>(&TrailRecord::boottime),
                   field<7>(&TrailRecord::wall),        field<8>(&TrailRecord::wall_suspect),
                   field<9>(&TrailRecord::what, 64),    field<10>(&TrailRecord::service, 64),
                   field<11>(&TrailRecord::where, 128), field<12>(&TrailRecord::reason, 128),
                   field<13>(&TrailRecord::who),        field<14>(&TrailRecord::card),
                   field<15>(&TrailRecord::subject),    field<16>(&TrailRecord::success),
                   field<17>(&TrailRecord::ledger),     field<18>(&TrailRecord::ledger_seq),
                   field<19>(&TrailRecord::ledger_hash)};
};
struct SignedRow {
    Bytes bytes;
    crypto::Signature signature{};
};

class Trail {
  public:
    // Precondition: `database` and `sealer` outlive the trail. Reads the end of the trail only; verify() reads it all.
    [[nodiscard]] static Result<Trail> open(const Database& database, const std::string& directory,
                                            const Sealer& sealer, std::unique_ptr<Witness> witness, Rng& rng);

    struct LedgerAt {
        LedgerId ledger;
        std::uint64_t seq{};
        Hash hash{};
    };
    // Durable when it returns. Errors: full, io, crypto.
    [[nodiscard]] Result<std::uint64_t> append(const AuditEvent& event, const Instant& now, const LedgerAt& ledger);
    [[nodiscard]] Result<std::vector<AuditRow>> list(const AuditFilter& filter) const;
    [[nodiscard]] Result<AuditCheck> verify(const std::optional<std::string>& kept) const;

    // Of the last row; none while there is no row that parses.
    [[nodiscard]] const std::optional<LedgerAt>& last_ledger() const noexcept { return last_ledger_; }
    [[nodiscard]] Millis last_wall() const noexcept { return last_wall_; }
    [[nodiscard]] std::uint64_t seq() const noexcept { return seq_; }
    [[nodiscard]] const Hash& head() const noexcept { return head_; }
    [[nodiscard]] bool broken() const noexcept { return broken_; }

  private:
    Trail(const Database& database, const Sealer& sealer, TrailKey key, std::unique_ptr<Witness> witness, Rng& rng)
        : database_(&database), sealer_(&sealer), rng_(&rng), key_(std::move(key)), witness_(std::move(witness)) {}
    Status find_end();
    Result<std::uint64_t> write(const AuditEvent& event, const Instant& now, const LedgerAt& ledger);

    const Database* database_;
    const Sealer* sealer_;
    Rng* rng_;
    TrailKey key_;
    std::unique_ptr<Witness> witness_;
    std::uint64_t seq_{0};
    Hash head_{};
    Millis last_wall_{0};
    std::optional<LedgerAt> last_ledger_;
    bool broken_{false};
};

}  // namespace sekimori::daemon
