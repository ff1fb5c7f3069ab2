// SPDX-License-Identifier: Apache-2.0
// The ledger's housekeeping: bounded steps, between which logins go first.
#include <algorithm>

#include "daemon/store/local_store.hpp"

namespace sekimori::daemon {
namespace {

constexpr std::size_t kAtOnce = 500;       // rows
constexpr std::uint64_t kSmall = 512;      // entries: verified in a moment at every start
constexpr std::uint64_t kStale = 128;      // that many new ones, and what is kept is renewed
constexpr std::uint64_t kStaleAtEnd = 16;  // the same before a planned end

}  // namespace

void LocalStore::forget_view() {
    parts_.kept.reset();
    to_judge_.reset();
    rows_ = {};
}

// A denial that waits for its entry is no part of the chain, nor is an entry that is not on disk.
bool LocalStore::should_keep(Keep when) const {
    if (!pending_.empty() || !unsaved_.empty() || !parts_.chain.ledger.pending().empty()) return false;
    const std::uint64_t seq = parts_.chain.head.seq;
    if (seq < kSmall) return false;
    return !parts_.kept || seq - parts_.kept->seq >= (when == Keep::now ? kStaleAtEnd : kStale);
}

Result<Care> LocalStore::care_for_ledger(Keep when) {
    if (!swept_ && when == Keep::in_time) {
        swept_ = true;  // once; the next start tries again what a full disk refuses
        (void)sweep();
        return Care::more;
    }
    const Database& database = *parts_.database;
    const std::uint64_t on_disk = parts_.chain.head.seq - unsaved_.size();
    if (to_judge_ || (should_keep(when) && rows_.seq < on_disk)) {
        const std::uint64_t before = rows_.seq;
        const std::uint64_t goal = to_judge_ ? to_judge_->seq : on_disk;
        Status looked = look_at_rows(database, parts_.chain, std::min<std::uint64_t>(kAtOnce, goal - before), rows_);
        if (looked && rows_.seq == before)
            looked = fail(ErrorCode::corrupt, "ledger: entry " + std::to_string(before + 1) + ": missing");
        if (looked && to_judge_ && rows_.seq == to_judge_->seq) {
            if (rows_.digest != to_judge_->digest)
                looked = fail(ErrorCode::corrupt, "ledger: its rows are not those that were verified");
            else
                to_judge_.reset();
        }
        if (looked) return Care::more;
        if (looked.error().code == ErrorCode::corrupt) {
            (void)ViewKeeper::drop(database);  // the next start verifies it all, and says what is wrong
            parts_.kept.reset();
        }
        return tl::unexpected<Error>(looked.error());
    }
    if (!should_keep(when)) return Care::done;
    if (auto kept = parts_.keeper.keep(database, *parts_.sealer, parts_.keys, parts_.chain, rows_, rng_); !kept)
        return tl::unexpected<Error>(kept.error());
    parts_.kept = rows_;
    return Care::done;
}

}  // namespace sekimori::daemon
