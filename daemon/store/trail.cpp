// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/trail.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>

#include "daemon/store/trail_rows.hpp"

namespace sekimori::daemon {
namespace {

constexpr std::string_view kFirstKey = "audit";  // name of the sealed public key of the first row

Result<SignedRow> read_row(const Query& query, int first_column) {
    SignedRow row;
    row.bytes = query.blob(first_column);
    const auto signature = query.fixed<64>(first_column + 1);
    if (!signature) return tl::unexpected<Error>(signature.error());
    row.signature = *signature;
    return row;
}

Result<crypto::PublicKey> first_key(const Database& database, const Sealer& sealer) {
    const auto bytes = sealer.get(database, kFirstKey);
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    crypto::PublicKey key{};
    if (bytes->size() != key.size()) return fail(ErrorCode::corrupt, "audit: the first key has a wrong size");
    std::copy(bytes->span().begin(), bytes->span().end(), key.begin());
    return key;
}

bool fits(const AuditFilter& filter, const AuditRow& row) {
    const AuditEvent& event = row.event;
    return (!filter.since || row.time.wall >= *filter.since) && (!filter.until || row.time.wall < *filter.until) &&
           (!filter.person || event.who == filter.person || event.subject == filter.person) &&
           (!filter.card || event.card == filter.card) && (!filter.success || event.success == *filter.success);
}

// The first row that cannot be the one a witness saw, or none. A line is `HASH` or `SEQ HASH ...`.
std::optional<std::uint64_t> check_kept(const std::string& kept, const std::vector<Hash>& hashes) {
    std::optional<std::uint64_t> first;
    std::istringstream lines(kept);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string one;
        std::string two;
        if (!(words >> one)) continue;
        std::uint64_t missed = 0;
        if (words >> two) {
            std::uint64_t seq = 0;
            const auto read = std::from_chars(one.data(), one.data() + one.size(), seq);
            const auto hash = from_hex<32>(two);
            if (read.ec != std::errc{} || !hash || seq == 0 || seq > hashes.size())
                missed = std::min<std::uint64_t>(std::max<std::uint64_t>(seq, 1), hashes.size() + 1);
            else if (hashes[seq - 1] != *hash)
                missed = seq;
        } else {
            const auto hash = from_hex<32>(one);
            if (!hash || std::ranges::find(hashes, *hash) == hashes.end()) missed = hashes.size() + 1;
        }
        if (missed != 0 && (!first || missed < *first)) first = missed;
    }
    return first;
}

}  // namespace

Result<Trail> Trail::open(const Database& database, const std::string& directory, const Sealer& sealer,
                          std::unique_ptr<Witness> witness, Rng& rng) {
    auto key = TrailKey::open(directory, sealer);
    if (!key) return tl::unexpected<Error>(key.error());
    Trail trail(database, sealer, std::move(*key), std::move(witness), rng);
    if (auto found = trail.find_end(); !found) return tl::unexpected<Error>(found.error());
    return trail;
}

Status Trail::find_end() {
    Query query = database_->query("SELECT seq, row, signature FROM audit ORDER BY seq DESC LIMIT 2");
    auto step = query.step();
    if (!step) return tl::unexpected<Error>(step.error());
    const auto first = first_key(*database_, *sealer_);
    if (*step == Query::Step::done) {
        if (first) {  // a trail was begun: this is its first row's key, or all rows are gone
            broken_ = !key_.take(*first);
            return {};
        }
        if (first.error().code != ErrorCode::not_found) return tl::unexpected<Error>(first.error());
        if (auto started = key_.start(*sealer_, *rng_); !started) return started;
        return sealer_->put(*database_, kFirstKey, key_.current().public_key(), *rng_);
    }
    if (!first) broken_ = true;
    seq_ = static_cast<std::uint64_t>(query.integer(0));
    const Bytes bytes = query.blob(1);
    head_ = hash_of_row(bytes);
    const auto row = read_row(query, 1);
    const auto record = decode_tlv<TrailRecord>(bytes);
    if (!row || !record || record->seq != seq_) {
        broken_ = true;
        return {};
    }
    last_wall_ = Millis{static_cast<Millis::rep>(record->wall)};
    last_ledger_ = LedgerAt{record->ledger, record->ledger_seq, record->ledger_hash};
    step = query.step();
    if (!step) return tl::unexpected<Error>(step.error());
    Result<crypto::PublicKey> signer = fail(ErrorCode::corrupt, "");
    if (*step == Query::Step::done) {
        signer = first;
    } else if (const auto before = decode_tlv<TrailRecord>(query.blob(1)); before && before->seq + 1 == seq_) {
        signer = before->next_key;
    }
    if (!signer || !verify_row(*row, *signer) || !key_.take(record->next_key)) broken_ = true;
    return {};
}

Result<std::uint64_t> Trail::append(const AuditEvent& event, const Instant& now, const LedgerAt& ledger) {
    if (broken_ || !key_.ready()) {
        if (auto started = key_.start(*sealer_, *rng_); !started) return tl::unexpected<Error>(started.error());
        AuditEvent notice;
        notice.what = "audit.broken";
        notice.reason = "the trail before does not verify";
        if (auto written = write(notice, now, ledger); !written) return written;
        broken_ = false;
    }
    return write(event, now, ledger);
}

Result<std::uint64_t> Trail::write(const AuditEvent& event, const Instant& now, const LedgerAt& ledger) {
    const auto next = key_.prepare(*sealer_, *rng_);
    if (!next) return tl::unexpected<Error>(next.error());
    TrailRecord record = record_of(event, now);
    record.seq = seq_ + 1;
    record.previous = head_;
    record.next_key = *next;
    record.ledger = ledger.ledger;
    record.ledger_seq = ledger.seq;
    record.ledger_hash = ledger.hash;
    const auto row = sign_row(record, key_.current());
    if (!row) return tl::unexpected<Error>(row.error());
    if (auto put = database_->query("INSERT INTO audit(seq, row, signature) VALUES(?, ?, ?)")
                       .bind(static_cast<std::int64_t>(record.seq))
                       .bind(ByteSpan(row->bytes))
                       .bind(ByteSpan(row->signature))
                       .run();
        !put)
        return tl::unexpected<Error>(put.error());
    key_.advance();
    seq_ = record.seq;
    head_ = hash_of_row(row->bytes);
    last_wall_ = std::max(last_wall_, now.wall);
    last_ledger_ = ledger;
    witness_->tell(seq_, to_hex(head_), now.wall);
    return seq_;
}

Result<std::vector<AuditRow>> Trail::list(const AuditFilter& filter) const {
    Query query = database_->query("SELECT row FROM audit WHERE seq>? ORDER BY seq");
    query.bind(static_cast<std::int64_t>(filter.after_seq));
    std::vector<AuditRow> rows;
    while (rows.size() < filter.limit) {
        const auto step = query.step();
        if (!step) return tl::unexpected<Error>(step.error());
        if (*step == Query::Step::done) break;
        // A row that does not parse is verify()'s business; the others must stay readable.
        const auto record = decode_tlv<TrailRecord>(query.blob(0));
        if (!record) continue;
        AuditRow row = row_of(*record);
        if (fits(filter, row)) rows.push_back(std::move(row));
    }
    return rows;
}

Result<AuditCheck> Trail::verify(const std::optional<std::string>& kept) const {
    AuditCheck check;
    std::vector<Hash> hashes;
    const auto bad = [&](std::uint64_t seq, std::string why) {
        if (check.first_bad && *check.first_bad <= seq) return;
        check.first_bad = seq;
        check.message = "row " + std::to_string(seq) + ": " + std::move(why);
    };
    auto expected = first_key(*database_, *sealer_);
    if (!expected) bad(1, "the trail's first key is gone");
    Hash previous{};
    Query query = database_->query("SELECT seq, row, signature FROM audit ORDER BY seq");
    for (;;) {
        const auto step = query.step();
        if (!step) return tl::unexpected<Error>(step.error());
        if (*step == Query::Step::done) break;
        const std::uint64_t seq = hashes.size() + 1;
        const auto row = read_row(query, 1);
        const auto record =
            row ? decode_tlv<TrailRecord>(row->bytes) : Result<TrailRecord>(fail(ErrorCode::corrupt, ""));
        if (query.integer(0) != static_cast<std::int64_t>(seq)) {
            bad(seq, "missing");
            break;
        }
        if (!record || record->seq != seq) {
            bad(seq, "does not parse, or stands at another's place");
            break;
        }
        if (record->previous != previous) bad(seq, "does not follow the row before");
        if (!expected || !verify_row(*row, *expected)) bad(seq, "its signature is not good");
        expected = record->next_key;
        previous = hash_of_row(row->bytes);
        hashes.push_back(previous);
    }
    check.events = hashes.size();
    check.head = to_hex(previous);
    if (hashes.size() != seq_ || previous != head_) bad(hashes.size() + 1, "the end of the trail was cut off");
    if (key_.ready() && expected && *expected != key_.current().public_key())
        bad(hashes.size() + 1, "the end of the trail was cut off");
    if (broken_) bad(hashes.size() + 1, "the head's key does not fit the last row: the end was cut off or replaced");
    if (kept) {
        if (const auto missed = check_kept(*kept, hashes))
            bad(*missed, "a head that was kept elsewhere is not on the trail");
    }
    if (!check.first_bad) check.message = "good";
    return check;
}

}  // namespace sekimori::daemon
