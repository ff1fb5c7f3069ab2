// SPDX-License-Identifier: Apache-2.0
// Retention: what is older than it has to be is cut off in front of a checkpoint. A month a day at most, so that a
// clock that stands years ahead costs a month of the trail, and is seen, before it costs all of it. What goes is
// verified first, and a row of it that is not good is named by one that stays: a cut hides nothing.
#include "daemon/store/trail.hpp"
#include "daemon/store/trail_anchor.hpp"
#include "daemon/store/trail_index.hpp"

namespace sekimori::daemon {
namespace {

constexpr std::size_t kAtOnce = 128;
constexpr Millis kBetweenCuts = std::chrono::hours{24};

}  // namespace

// Rows in front of the anchor, some of them. False: there are none.
Result<bool> Trail::delete_some() const {
    if (!anchor_ || anchor_->seq == 1) return false;
    std::vector<Bytes> rows;
    {
        Query query = database_->query("SELECT row FROM audit WHERE seq<? ORDER BY seq LIMIT ?");
        query.bind(static_cast<std::int64_t>(anchor_->seq)).bind(std::int64_t{kAtOnce});
        for (;;) {
            const auto step = query.step();
            if (!step) return tl::unexpected<Error>(step.error());
            if (*step == Query::Step::done) break;
            rows.push_back(query.blob(0));
        }
    }
    if (rows.empty()) return false;
    auto transaction = Transaction::begin(*database_);
    if (!transaction) return tl::unexpected<Error>(transaction.error());
    for (const Bytes& bytes : rows)
        if (const auto record = decode_tlv<TrailRecord>(bytes))
            if (auto gone = delete_keys(*database_, *record); !gone) return tl::unexpected<Error>(gone.error());
    if (auto gone = database_
                        ->query("DELETE FROM audit WHERE seq IN (SELECT seq FROM audit WHERE seq<? ORDER BY seq"
                                " LIMIT ?)")
                        .bind(static_cast<std::int64_t>(anchor_->seq))
                        .bind(std::int64_t{kAtOnce})
                        .run();
        !gone)
        return tl::unexpected<Error>(gone.error());
    if (auto done = transaction->commit(); !done) return tl::unexpected<Error>(done.error());
    return true;
}

// The next checkpoint behind the anchor, if everything before it is old enough.
Result<std::optional<TrailAnchor>> Trail::next_cut(Millis keep, const Instant& now) const {
    if (!anchor_ || broken_ || now.wall_quality != WallQuality::good) return std::nullopt;
    const auto last = last_of(kCut);
    if (!last) return tl::unexpected<Error>(last.error());
    if (*last && now.wall < (*last)->time.wall + kBetweenCuts) return std::nullopt;
    AuditFilter filter;
    filter.what = kCheckpoint;
    filter.success = true;
    filter.after_seq = anchor_->seq;
    filter.limit = 1;
    filter.proof = AuditProof::wanted;
    const auto page = list(filter);
    if (!page) return tl::unexpected<Error>(page.error());
    if (page->rows.empty() || page->rows.front().time.wall > now.wall - keep) return std::nullopt;
    const auto record = decode_tlv<TrailRecord>(page->rows.front().row);
    if (!record || !record->signer) return std::nullopt;
    return TrailAnchor{record->seq, record->previous, *record->signer};
}

// A slice of what is to be cut off, and the checkpoint behind it.
Result<Care> Trail::look_before(const TrailAnchor& cut, const Instant& now, const LedgerAt& ledger) {
    if (looked_at_ >= cut.seq) return Care::done;
    const auto check = verify({looked_at_, kAtOnce, {}});
    if (!check) return tl::unexpected<Error>(check.error());
    const std::uint64_t bad = check->first_bad.value_or(cut.seq + 1);
    if (bad <= cut.seq) {
        AuditEvent event;
        event.what = kDamaged;
        event.reason = check->message;
        if (const auto written = append(event, now, ledger); !written) return tl::unexpected<Error>(written.error());
    }
    // Behind a bad row nothing can be verified any more.
    looked_at_ = check->first_bad ? cut.seq : check->seq;
    return Care::more;
}

Result<Care> Trail::keep(Millis keep, const Instant& now, const LedgerAt& ledger) {
    const auto deleted = delete_some();
    if (!deleted) return tl::unexpected<Error>(deleted.error());
    if (*deleted) return Care::more;
    const auto cut = next_cut(keep, now);
    if (!cut) return tl::unexpected<Error>(cut.error());
    if (!*cut) return Care::done;
    auto looked = look_before(**cut, now, ledger);
    if (!looked || *looked == Care::more) return looked;
    AuditEvent event;
    event.what = kCut;
    event.success = true;
    event.reason = cut_reason((*cut)->seq);
    // The row first: without it the rows would be missed; without the anchor they are only kept longer.
    if (const auto written = append(event, now, ledger); !written) return tl::unexpected<Error>(written.error());
    if (auto put = put_anchor(*database_, *sealer_, **cut, *rng_); !put) return tl::unexpected<Error>(put.error());
    anchor_ = **cut;
    return Care::more;
}

}  // namespace sekimori::daemon
