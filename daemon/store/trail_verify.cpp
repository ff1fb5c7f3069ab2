// SPDX-License-Identifier: Apache-2.0
// Verification, slice by slice: a row depends on the one before it alone, and rows never change, so that nothing has to
// be held between two slices and logins go on in between.
#include <algorithm>

#include "daemon/store/trail.hpp"
#include "daemon/store/trail_anchor.hpp"
#include "daemon/store/trail_index.hpp"

namespace sekimori::daemon {
namespace {

struct Verdict {
    AuditCheck& check;
    void bad(std::uint64_t seq, const std::string& why) const {
        if (check.first_bad && *check.first_bad <= seq) return;
        check.first_bad = seq;
        check.message = "row " + std::to_string(seq) + ": " + why;
    }
    void kept(const AuditSlice& slice, std::uint64_t seq, const Hash& hash) const {
        for (const KeptHead& head : slice.heads)
            if (head.seq == seq && head.hash != to_hex(hash)) bad(seq, "is not the one that was kept elsewhere");
    }
};

}  // namespace

// Where the row after `slice.after` has to fit. Errors: corrupt, not_found.
Result<TrailAnchor> Trail::start_of(const AuditSlice& slice) const {
    if (!anchor_) return fail(ErrorCode::corrupt, "the trail's first key is gone");
    if (slice.after < anchor_->seq) return *anchor_;
    const auto found = row_from(slice.after);
    if (!found) return tl::unexpected<Error>(found.error());
    if (!*found || (*found)->seq != slice.after) return fail(ErrorCode::corrupt, "missing");
    return anchor_behind(slice.after, (*found)->row.bytes);
}

Result<std::optional<AuditRow>> Trail::last_of(const std::string& what) const {
    AuditFilter filter;
    filter.what = what;
    filter.success = true;
    filter.order = AuditOrder::newest_first;
    filter.limit = 1;
    auto page = list(filter);
    if (!page) return tl::unexpected<Error>(page.error());
    if (page->rows.empty()) return std::nullopt;
    return std::move(page->rows.front());
}

// Whoever cuts rows off has to say so in a row that the chain goes on to.
Result<bool> Trail::cut_is_noted() const {
    if (!anchor_ || anchor_->seq == 1) return true;
    AuditFilter filter;
    filter.what = kCut;
    filter.reason = cut_reason(anchor_->seq);
    filter.success = true;
    const auto page = list(filter);
    if (!page) return tl::unexpected<Error>(page.error());
    return !page->rows.empty();
}

Result<AuditCheck> Trail::verify(const AuditSlice& slice) const {
    AuditCheck check;
    const Verdict verdict{check};
    const auto start = start_of(slice);
    const std::uint64_t first = std::max(slice.after + 1, anchor_ ? anchor_->seq : 1);
    if (!start) {
        if (start.error().code != ErrorCode::corrupt) return tl::unexpected<Error>(start.error());
        check.seq = first - 1;
        verdict.bad(anchor_ ? slice.after : 1, start.error().message);
        return check;
    }
    TrailWalk walk(*start);
    verdict.kept(slice, start->seq - 1, start->previous);
    if (slice.after < start->seq) {
        const auto noted = cut_is_noted();
        if (!noted) return tl::unexpected<Error>(noted.error());
        if (!*noted) verdict.bad(start->seq, "rows before it are missing, and no row says that they were cut off");
    }
    Query query = database_->query("SELECT seq, row, signature FROM audit WHERE seq>=? ORDER BY seq LIMIT ?");
    query.bind(static_cast<std::int64_t>(start->seq)).bind(static_cast<std::int64_t>(slice.limit) + 1);
    for (std::size_t taken = 0; !check.first_bad; ++taken) {
        const auto step = query.step();
        if (!step) return tl::unexpected<Error>(step.error());
        if (*step == Query::Step::done) break;
        if (taken == slice.limit) {
            check.more = true;
            break;
        }
        const std::uint64_t expected = walk.next().seq;
        const auto row = read_row(query, 1);
        const auto record = row ? walk.take(static_cast<std::uint64_t>(query.integer(0)), *row)
                                : Result<TrailRecord>(fail(ErrorCode::corrupt, "does not parse"));
        if (!record) {
            verdict.bad(expected, record.error().message);
            break;
        }
        const auto found = has_keys(*database_, *record);
        if (!found) return tl::unexpected<Error>(found.error());
        if (!*found) verdict.bad(expected, "is missing in the index: a search would not find it");
        verdict.kept(slice, expected, walk.next().previous);
    }
    const TrailAnchor& next = walk.next();
    check.seq = next.seq - 1;
    check.head = to_hex(next.previous);
    if (check.more || check.first_bad) return check;
    if (check.seq != seq_ || next.previous != head_) verdict.bad(next.seq, "the end of the trail was cut off");
    if (key_.ready() && next.key != key_.current().public_key())
        verdict.bad(next.seq, "the end of the trail was cut off");
    if (broken_) verdict.bad(next.seq, "the head's key does not fit the last row: the end was cut off or replaced");
    for (const KeptHead& head : slice.heads)
        if (head.seq > check.seq) verdict.bad(next.seq, "a head that was kept elsewhere is not on the trail");
    if (!check.first_bad) check.message = "good";
    return check;
}

}  // namespace sekimori::daemon
