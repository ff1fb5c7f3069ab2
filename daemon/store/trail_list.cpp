// SPDX-License-Identifier: Apache-2.0
// Reading the trail: through the index where the question names a value, by time through the order of the rows, and
// never more than a bounded piece at once.
#include <algorithm>

#include "daemon/store/trail.hpp"
#include "daemon/store/trail_anchor.hpp"
#include "daemon/store/trail_index.hpp"

namespace sekimori::daemon {
namespace {

// Looked at in one call: some milliseconds, or some tens where the disk has to be read.
constexpr std::size_t kMaxLook = 2'000;

// How many rows a key has, as far as it matters for the choice between keys.
Result<std::int64_t> rows_of(const Database& database, FindKey key) {
    Query query = database.query("SELECT COUNT(*) FROM (SELECT 1 FROM audit_find WHERE key=? LIMIT 5000)");
    const auto step = query.bind(key).step();
    if (!step) return tl::unexpected<Error>(step.error());
    return query.integer(0);
}

// The rarest first: it leads, the others are looked up for each of its rows.
Status sort_by_rarity(const Database& database, std::vector<FindKey>& keys) {
    if (keys.size() < 2) return {};
    std::vector<std::pair<std::int64_t, FindKey>> counted;
    for (const FindKey key : keys) {
        const auto rows = rows_of(database, key);
        if (!rows) return tl::unexpected<Error>(rows.error());
        counted.emplace_back(*rows, key);
    }
    std::ranges::sort(counted);
    std::ranges::transform(counted, keys.begin(), [](const auto& one) { return one.second; });
    return {};
}

// Columns: seq, row, signature. The row is NULL where another key is missing.
std::string sql_of(std::size_t keys, AuditOrder order) {
    const std::string down = order == AuditOrder::newest_first ? " DESC" : "";
    if (keys == 0) return "SELECT seq, row, signature FROM audit WHERE seq>? AND seq<? ORDER BY seq" + down;
    std::string sql = "SELECT f.seq, a.row, a.signature FROM audit_find f LEFT JOIN audit a ON a.seq=f.seq";
    for (std::size_t i = 1; i < keys; ++i)
        sql += " AND EXISTS(SELECT 1 FROM audit_find g WHERE g.key=?" + std::to_string(i + 3) + " AND g.seq=f.seq)";
    return sql + " WHERE f.seq>?1 AND f.seq<?2 AND f.key=?3 ORDER BY f.seq" + down;
}

}  // namespace

// The first row that is not older; walls never go down along the chain. One past the end if there is none.
Result<std::uint64_t> Trail::first_since(Millis wall) const {
    std::uint64_t low = anchor_ ? anchor_->seq : 1;
    std::uint64_t high = seq_ + 1;
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        const auto found = row_from(middle);
        if (!found) return tl::unexpected<Error>(found.error());
        if (!*found || (*found)->seq >= high) {
            high = middle;
            continue;
        }
        const auto record = decode_tlv<TrailRecord>((*found)->row.bytes);
        // One that does not parse counts as old: rather a row too many is looked at.
        if (record && Millis{static_cast<Millis::rep>(record->wall)} >= wall)
            high = middle;
        else
            low = (*found)->seq + 1;
    }
    return low;
}

Result<AuditPage> Trail::list(const AuditFilter& filter) const {
    std::uint64_t after = std::max(filter.after_seq, anchor_ ? anchor_->seq - 1 : 0);
    std::uint64_t before = filter.before_seq.value_or(seq_ + 1);
    if (filter.since) {
        const auto first = first_since(*filter.since);
        if (!first) return tl::unexpected<Error>(first.error());
        after = std::max(after, *first - 1);
    }
    if (filter.until) {
        const auto first = first_since(*filter.until);
        if (!first) return tl::unexpected<Error>(first.error());
        before = std::min(before, *first);
    }
    auto keys = keys_of(filter);
    if (auto sorted = sort_by_rarity(*database_, keys); !sorted) return tl::unexpected<Error>(sorted.error());
    Query query = database_->query(sql_of(keys.size(), filter.order));
    query.bind(static_cast<std::int64_t>(after)).bind(static_cast<std::int64_t>(before));
    for (const FindKey key : keys) query.bind(key);

    AuditPage page;
    for (std::size_t looked = 0;; ++looked) {
        const auto step = query.step();
        if (!step) return tl::unexpected<Error>(step.error());
        if (*step == Query::Step::done) return page;
        if (page.rows.size() >= filter.limit || looked >= kMaxLook) {
            page.more = true;
            return page;
        }
        page.last = static_cast<std::uint64_t>(query.integer(0));
        const auto row = read_row(query, 1);
        if (!row) continue;  // one that has not all the keys, or was damaged
        // A row that does not parse is verify()'s business; the others must stay readable.
        const auto record = decode_tlv<TrailRecord>(row->bytes);
        if (!record) continue;
        AuditRow one = row_of(*record);
        if (!fits(filter, one)) continue;
        if (filter.proof == AuditProof::wanted) {
            one.row = row->bytes;
            one.signature.assign(row->signature.begin(), row->signature.end());
            if (page.rows.empty()) {
                const auto start = start_of({one.seq - 1, 1, {}});
                if (start) page.signer.assign(start->key.begin(), start->key.end());
            }
        }
        page.rows.push_back(std::move(one));
    }
}

}  // namespace sekimori::daemon
