// SPDX-License-Identifier: Apache-2.0
// What a member's fleet may check: that a denial is kept, and that the trail goes on from where it was.
#include <algorithm>
#include <map>

#include "daemon/store/local_store.hpp"
#include "daemon/store/trail_rows.hpp"

namespace sekimori::daemon {

Result<Statement> LocalStore::denial(const Hash& hash) const {
    for (const Pending& one : pending_)
        if (one.hash == hash) return one.denial.statement;
    for (const auto& [seq, link] : unsaved_)
        if (link.statement.hash() == hash) return decode_tlv<Statement>(link.statement.bytes);
    Query query = parts_.database->query("SELECT signed FROM statements WHERE hash=?");
    const auto step = query.bind(ByteSpan(hash)).step();
    if (!step) return tl::unexpected<Error>(step.error());
    if (*step == Query::Step::done) return fail(ErrorCode::not_found, "fleet: no such denial is here");
    const auto sealed = decode_tlv<SignedStatement>(query.blob(0));
    if (!sealed) return tl::unexpected<Error>(sealed.error());
    auto statement = decode_tlv<Statement>(sealed->bytes);
    if (statement && !denies(statement->type)) return fail(ErrorCode::not_found, "fleet: that is no denial");
    return statement;
}

Result<std::vector<FleetStore::Denying>> LocalStore::denials_of(ByteSpan subject) const {
    const auto about = [&](const Statement& one) {
        return denies(one.type) && std::ranges::equal(one.subject, subject);
    };
    std::vector<Denying> found;
    const auto waits_as = [&](const Verified& one) {
        const Hash hash = one.sealed.hash();
        if (about(one.statement) && std::ranges::find(found, hash, &Denying::hash) == found.end())
            found.push_back({hash, one.statement, std::nullopt});
    };
    for (const Queued& one : outbox_) waits_as(one.made);
    for (const Pending& one : pending_)
        if (!one.denial.sealed.signatures.empty()) waits_as(one.denial);
    if (!found.empty()) return found;
    for (const auto& [seq, link] : unsaved_) {
        auto statement = decode_tlv<Statement>(link.statement.bytes);
        const auto entry = decode_tlv<Entry>(link.entry.bytes);
        if (!statement || !entry || !about(*statement)) continue;
        found = {{link.statement.hash(), std::move(*statement), Millis{static_cast<Millis::rep>(entry->time)}}};
    }
    if (!found.empty()) return found;
    auto last = last_denial_of(subject);
    if (!last) return tl::unexpected<Error>(last.error());
    if (*last) found.push_back(std::move(**last));
    return found;
}

Result<std::optional<FleetStore::Denying>> LocalStore::last_denial_of(ByteSpan subject) const {
    std::map<Hash, Statement> about;
    Query statements = parts_.database->query("SELECT hash, signed FROM statements WHERE instr(signed, ?) > 0");
    statements.bind(subject);
    for (;;) {
        const auto step = statements.step();
        if (!step) return tl::unexpected<Error>(step.error());
        if (*step == Query::Step::done) break;
        const auto hash = statements.fixed<std::tuple_size_v<Hash>>(0);
        const auto sealed = decode_tlv<SignedStatement>(statements.blob(1));
        if (!hash || !sealed) return fail(ErrorCode::corrupt, "store: a statement can't be read");
        auto statement = decode_tlv<Statement>(sealed->bytes);
        if (statement && denies(statement->type) && std::ranges::equal(statement->subject, subject))
            about.emplace(*hash, std::move(*statement));
    }
    if (about.empty()) return std::nullopt;
    Query entries = parts_.database->query("SELECT statement, signed FROM entries ORDER BY seq DESC");
    for (;;) {
        const auto step = entries.step();
        if (!step) return tl::unexpected<Error>(step.error());
        if (*step == Query::Step::done) return std::nullopt;
        const auto hash = entries.fixed<std::tuple_size_v<Hash>>(0);
        const auto at = hash ? about.find(*hash) : about.end();
        if (at == about.end()) continue;
        const auto sealed = decode_tlv<SignedEntry>(entries.blob(1));
        const auto entry = sealed ? decode_tlv<Entry>(sealed->bytes) : Result<Entry>(fail(ErrorCode::corrupt, ""));
        if (!entry) return fail(ErrorCode::corrupt, "store: an entry can't be read");
        return Denying{at->first, std::move(at->second), Millis{static_cast<Millis::rep>(entry->time)}};
    }
}

bool LocalStore::durable(const Hash& denial) const {
    for (const Pending& one : pending_)
        if (one.hash == denial) return one.slot.has_value();
    return parts_.chain.ledger.entered(denial) &&
           std::ranges::none_of(unsaved_, [&](const auto& one) { return one.second.statement.hash() == denial; });
}

Status LocalStore::harden() {
    for (Pending& one : pending_) harden(one);
    if (auto queued = queue_denials(); !queued) return queued;
    return save();
}

Result<std::vector<FleetStore::TrailRow>> LocalStore::trail_after(std::uint64_t seq, std::size_t most) const {
    std::vector<TrailRow> rows;
    Query query = parts_.database->query("SELECT seq, row, signature FROM audit WHERE seq>? ORDER BY seq LIMIT ?");
    query.bind(static_cast<std::int64_t>(seq)).bind(static_cast<std::int64_t>(most));
    for (;;) {
        const auto step = query.step();
        if (!step) return tl::unexpected<Error>(step.error());
        if (*step == Query::Step::done) return rows;
        rows.push_back({static_cast<std::uint64_t>(query.integer(0)), query.blob(1), query.blob(2)});
    }
}

Result<FleetStore::SignedHead> LocalStore::trail_head() const {
    const TrailHead head{.ledger = parts_.keys.ledger,
                         .terminal = parts_.keys.member->terminal,
                         .seq = parts_.trail.seq(),
                         .hash = parts_.trail.head(),
                         .time = static_cast<std::uint64_t>(now().wall.count())};
    const auto sealed = sign_record(head, signer_of(parts_.keys.author));
    if (!sealed) return tl::unexpected<Error>(sealed.error());
    auto bytes = encode_tlv_plain(*sealed);
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    return SignedHead{head.seq, std::move(*bytes)};
}

Status LocalStore::check_trail(ByteSpan head) const {
    const auto kept = open_record<TrailHead>(head, parts_.keys.author.public_key(), parts_.keys.ledger);
    if (!kept) return tl::unexpected<Error>(kept.error());
    if (kept->terminal != parts_.keys.member->terminal)
        return fail(ErrorCode::mismatch, "fleet: the head of another terminal's trail");
    if (kept->seq > parts_.trail.seq())
        return fail(ErrorCode::corrupt, "the trail here ends before a head of it that the fleet keeps");
    const auto row = kept->seq == 0 ? Result<std::vector<TrailRow>>{} : trail_after(kept->seq - 1, 1);
    if (!row) return tl::unexpected<Error>(row.error());
    if (!row->empty() && row->front().seq == kept->seq && hash_of_row(row->front().row) != kept->hash)
        return fail(ErrorCode::corrupt, "the trail here is another one than the fleet keeps a head of");
    return {};
}

}  // namespace sekimori::daemon
