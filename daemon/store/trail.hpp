// SPDX-License-Identifier: Apache-2.0
// Trail: the audit rows, each chained to the one before and signed by a key that ceases to exist. A broken trail does
// not stop the machine: the next row says so ("audit.broken"), and verify() names the first bad row for ever.
//
// Every month begins with a checkpoint, a row that names the key that signs it. What is older than the retention is cut
// off in front of a checkpoint; a row at the end of the chain ("audit.cut") says where, so that rows that went missing
// in another way are missed.
#pragma once

#include <memory>
#include <span>

#include "daemon/store/chain.hpp"
#include "daemon/store/forward.hpp"
#include "daemon/store/store.hpp"
#include "daemon/store/trail_key.hpp"
#include "daemon/store/trail_rows.hpp"
#include "daemon/store/witness.hpp"

namespace sekimori::daemon {

// Who is told of each row; best effort, never waited for.
struct TrailListeners {
    std::unique_ptr<Witness> witness;
    std::unique_ptr<Forwarder> forwarder;
};

class Trail {
  public:
    // Precondition: `database` and `sealer` outlive the trail. Reads the end of the trail only; verify() reads it all.
    [[nodiscard]] static Result<Trail> open(const Database& database, const std::string& directory,
                                            const Sealer& sealer, TrailListeners listeners, Rng& rng);

    struct LedgerAt {
        LedgerId ledger;
        std::uint64_t seq{};
        Hash hash{};
    };
    // Durable when it returns. Errors: full, io, crypto.
    [[nodiscard]] Result<std::uint64_t> append(const AuditEvent& event, const Instant& now, const LedgerAt& ledger);
    // All of them in one transaction, or none; the seq of the last. Precondition: there are some. Errors: as above.
    [[nodiscard]] Result<std::uint64_t> append(const std::vector<AuditEvent>& events, const Instant& now,
                                               const LedgerAt& ledger);
    // trail_list.cpp
    [[nodiscard]] Result<AuditPage> list(const AuditFilter& filter) const;
    // trail_verify.cpp
    [[nodiscard]] Result<AuditCheck> verify(const AuditSlice& slice) const;
    // trail_keep.cpp: one bounded step of the retention.
    [[nodiscard]] Result<Care> keep(Millis keep, const Instant& now, const LedgerAt& ledger);

    // Of the last row; none while there is no row that parses.
    [[nodiscard]] const std::optional<LedgerAt>& last_ledger() const noexcept { return last_ledger_; }
    [[nodiscard]] Millis last_wall() const noexcept { return last_wall_; }
    [[nodiscard]] std::uint64_t seq() const noexcept { return seq_; }
    [[nodiscard]] const Hash& head() const noexcept { return head_; }
    [[nodiscard]] bool broken() const noexcept { return broken_; }

  private:
    Trail(const Database& database, const Sealer& sealer, TrailKey key, TrailListeners listeners, Rng& rng)
        : database_(&database), sealer_(&sealer), rng_(&rng), key_(std::move(key)), listeners_(std::move(listeners)) {}
    struct Found {
        std::uint64_t seq{};
        SignedRow row;
    };
    Status find_end();
    Status begin();
    struct Made {
        TrailRecord record;
        SignedRow row;
    };
    Status ready(const Instant& now, const LedgerAt& ledger);
    Result<std::uint64_t> write(std::span<const AuditEvent> events, const Instant& now, const LedgerAt& ledger);
    [[nodiscard]] Status store(const std::vector<Made>& rows) const;
    // The first row at or after `seq`, or none.
    [[nodiscard]] Result<std::optional<Found>> row_from(std::uint64_t seq) const;
    [[nodiscard]] Result<std::uint64_t> first_since(Millis wall) const;
    [[nodiscard]] Result<TrailAnchor> start_of(const AuditSlice& slice) const;
    [[nodiscard]] Result<bool> cut_is_noted() const;
    [[nodiscard]] Result<std::optional<AuditRow>> last_of(const std::string& what) const;
    [[nodiscard]] Result<bool> delete_some() const;
    Result<Care> look_before(const TrailAnchor& cut, const Instant& now, const LedgerAt& ledger);
    [[nodiscard]] Result<std::optional<TrailAnchor>> next_cut(Millis keep, const Instant& now) const;

    const Database* database_;
    const Sealer* sealer_;
    Rng* rng_;
    TrailKey key_;
    TrailListeners listeners_;
    std::optional<TrailAnchor> anchor_;  // where what is kept begins; none: it was lost
    std::uint64_t looked_at_{0};         // verified for the next cut, up to here
    std::uint64_t seq_{0};
    Hash head_{};
    Millis last_wall_{0};
    std::optional<LedgerAt> last_ledger_;
    bool broken_{false};
};

}  // namespace sekimori::daemon
