// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/trail.hpp"

#include <algorithm>

#include "daemon/store/trail_anchor.hpp"
#include "daemon/store/trail_index.hpp"

namespace sekimori::daemon {

Result<Trail> Trail::open(const Database& database, const std::string& directory, const Sealer& sealer,
                          TrailListeners listeners, Rng& rng) {
    auto key = TrailKey::open(directory, sealer);
    if (!key) return tl::unexpected<Error>(key.error());
    Trail trail(database, sealer, std::move(*key), std::move(listeners), rng);
    if (auto found = trail.find_end(); !found) return tl::unexpected<Error>(found.error());
    if (trail.seq_ != 0) {
        Query query = database.query("SELECT 1 FROM audit_find LIMIT 1");
        const auto any = query.step();
        if (!any) return tl::unexpected<Error>(any.error());
        if (*any == Query::Step::done)
            if (auto indexed = index_old_rows(database); !indexed) return tl::unexpected<Error>(indexed.error());
    }
    return trail;
}

Status Trail::begin() {
    if (auto started = key_.start(*sealer_, *rng_); !started) return started;
    anchor_ = TrailAnchor{1, {}, key_.current().public_key()};
    return put_anchor(*database_, *sealer_, *anchor_, *rng_);
}

Status Trail::find_end() {
    const auto anchor = get_anchor(*database_, *sealer_);
    if (anchor) anchor_ = *anchor;
    Query query = database_->query("SELECT seq, row, signature FROM audit WHERE seq>=? ORDER BY seq DESC LIMIT 2");
    auto step = query.bind(static_cast<std::int64_t>(anchor_ ? anchor_->seq : 0)).step();
    if (!step) return tl::unexpected<Error>(step.error());
    if (*step == Query::Step::done) {
        if (anchor) {  // a trail was begun: this is its first row's key, or all rows are gone
            broken_ = !key_.take(anchor->key);
            seq_ = anchor->seq - 1;
            head_ = anchor->previous;
            return {};
        }
        if (anchor.error().code != ErrorCode::not_found) return tl::unexpected<Error>(anchor.error());
        return begin();
    }
    if (!anchor) broken_ = true;
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
        if (anchor) signer = anchor->key;
    } else if (const auto before = decode_tlv<TrailRecord>(query.blob(1)); before && before->seq + 1 == seq_) {
        signer = before->next_key;
    }
    if (!signer || !verify_row(*row, *signer) || !key_.take(record->next_key)) broken_ = true;
    return {};
}

Result<std::uint64_t> Trail::append(const AuditEvent& event, const Instant& now, const LedgerAt& ledger) {
    if (auto good = ready(now, ledger); !good) return tl::unexpected<Error>(good.error());
    return write({&event, 1}, now, ledger);
}

Result<std::uint64_t> Trail::append(const std::vector<AuditEvent>& events, const Instant& now, const LedgerAt& ledger) {
    if (auto good = ready(now, ledger); !good) return tl::unexpected<Error>(good.error());
    return write(events, now, ledger);
}

// What has to stand there before anything else.
Status Trail::ready(const Instant& now, const LedgerAt& ledger) {
    const auto note = [&](const AuditEvent& event) -> Status {
        if (auto written = write({&event, 1}, now, ledger); !written) return tl::unexpected<Error>(written.error());
        return {};
    };
    if (broken_ || !key_.ready()) {
        if (auto started = key_.start(*sealer_, *rng_); !started) return started;
        AuditEvent notice;
        notice.what = "audit.broken";
        notice.reason = "the trail before does not verify";
        if (auto noted = note(notice); !noted) return noted;
        broken_ = false;
    }
    if (seq_ == 0 || month_of(now.wall) == month_of(last_wall_)) return {};
    AuditEvent checkpoint;
    checkpoint.what = kCheckpoint;
    checkpoint.success = true;
    return note(checkpoint);
}

// Each row has a key of its own here as well; those between the first and the last are never anywhere but in memory.
Result<std::uint64_t> Trail::write(std::span<const AuditEvent> events, const Instant& now, const LedgerAt& ledger) {
    const auto last_key = key_.prepare(*sealer_, *rng_);
    if (!last_key) return tl::unexpected<Error>(last_key.error());
    std::vector<Made> made;
    std::optional<crypto::SigningKey> between;
    Hash previous = head_;
    for (std::size_t i = 0; i < events.size(); ++i) {
        std::optional<crypto::SigningKey> next;
        if (i + 1 < events.size()) {
            auto key = crypto::SigningKey::generate(*rng_);
            if (!key) return tl::unexpected<Error>(key.error());
            next = std::move(*key);
        }
        const crypto::SigningKey& signer = between ? *between : key_.current();
        TrailRecord record = record_of(events[i], now);
        record.seq = seq_ + i + 1;
        record.previous = previous;
        record.next_key = next ? next->public_key() : *last_key;
        record.ledger = ledger.ledger;
        record.ledger_seq = ledger.seq;
        record.ledger_hash = ledger.hash;
        if (events[i].what == kCheckpoint) record.signer = signer.public_key();
        auto row = sign_row(record, signer);
        if (!row) return tl::unexpected<Error>(row.error());
        previous = hash_of_row(row->bytes);
        made.push_back({std::move(record), std::move(*row)});
        between = std::move(next);
    }
    if (auto put = store(made); !put) return tl::unexpected<Error>(put.error());
    key_.advance();
    last_wall_ = std::max(last_wall_, now.wall);
    last_ledger_ = ledger;
    for (const Made& one : made) {
        seq_ = one.record.seq;
        head_ = hash_of_row(one.row.bytes);
        listeners_.forwarder->tell(row_of(one.record));
    }
    listeners_.witness->tell(seq_, to_hex(head_), now.wall);
    return seq_;
}

Status Trail::store(const std::vector<Made>& rows) const {
    auto transaction = Transaction::begin(*database_);
    if (!transaction) return tl::unexpected<Error>(transaction.error());
    for (const auto& [record, row] : rows) {
        if (auto put = database_->query("INSERT INTO audit(seq, row, signature) VALUES(?, ?, ?)")
                           .bind(static_cast<std::int64_t>(record.seq))
                           .bind(ByteSpan(row.bytes))
                           .bind(ByteSpan(row.signature))
                           .run();
            !put)
            return put;
        if (auto put = insert_keys(*database_, record); !put) return put;
    }
    return transaction->commit();
}

Result<std::optional<Trail::Found>> Trail::row_from(std::uint64_t seq) const {
    Query query = database_->query("SELECT seq, row, signature FROM audit WHERE seq>=? ORDER BY seq LIMIT 1");
    const auto step = query.bind(static_cast<std::int64_t>(seq)).step();
    if (!step) return tl::unexpected<Error>(step.error());
    if (*step == Query::Step::done) return std::nullopt;
    Found found{static_cast<std::uint64_t>(query.integer(0)), {query.blob(1), {}}};
    if (const auto row = read_row(query, 1)) found.row = *row;
    return found;
}

}  // namespace sekimori::daemon
