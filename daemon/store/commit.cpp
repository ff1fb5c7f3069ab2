// SPDX-License-Identifier: Apache-2.0
// How a statement reaches the chain: signed, verified as a reader would, placed, written in one transaction, and only
// then in effect.
#include "daemon/store/local_store.hpp"
#include "ledger/delegation.hpp"
#include "ledger/view_index.hpp"
#include "protocol/schema_fleet.hpp"

namespace sekimori::daemon {

// With every other field and all the signatures that there can be: what is signed here is never too long for a fleet.
static_assert(kMaxBody + 1024 <= wire::kMaxStatement);

Result<Verified> LocalStore::author(StatementType type, ByteSpan subject, Result<Bytes> body, const Hash& blob,
                                    std::optional<Millis> effective, Millis expires) const {
    if (!body) return tl::unexpected<Error>(body.error());
    const auto id = rng_.draw<StatementId>();
    if (!id) return tl::unexpected<Error>(id.error());
    Statement statement;
    statement.ledger = parts_.keys.ledger;
    statement.id = *id;
    statement.key = key_id(parts_.keys.author.public_key());
    statement.type = type;
    std::copy(subject.begin(), subject.end(), statement.subject.begin());
    const Millis issued = now().wall;
    statement.issued_at = static_cast<std::uint64_t>(issued.count());
    statement.effective_at = static_cast<std::uint64_t>(effective.value_or(issued).count());
    statement.expires_at = static_cast<std::uint64_t>(expires.count());
    statement.blob = blob;
    statement.body = std::move(*body);
    // Of a fleet's member not everything is believed: told now, not when the sequencer has refused it.
    if (parts_.keys.member)
        if (auto may = check_author(view(), statement, parts_.chain.head.time); !may)
            return fail(ErrorCode::refused, "fleet: nothing was delegated to this terminal that allows it to say this");
    auto sealed = sign_statement(statement, parts_.keys.author);
    if (!sealed) return tl::unexpected<Error>(sealed.error());
    return Verified{std::move(*sealed), std::move(statement)};
}

Result<SealedBlob> LocalStore::seal(const BlobOf& of, ByteSpan plain) const {
    const auto key = load_person_key(tables(*parts_.database), parts_.keys, of.person);
    if (!key) return tl::unexpected<Error>(key.error());
    return seal_blob(key->span(), parts_.keys.ledger, of, plain, rng_);
}

Status LocalStore::commit(const Batch& batch) {
    if (parts_.keys.member) return queue(batch);
    const Database& database = *parts_.database;
    auto transaction = Transaction::begin(database);
    if (!transaction) return tl::unexpected<Error>(transaction.error());
    for (const auto& [person, wrapped] : batch.person_keys)
        if (auto put = insert_person_key(database, person, wrapped); !put) return put;
    for (const SealedBlob& blob : batch.blobs)
        if (auto put = insert_blob(database, blob); !put) return put;
    // Verified on a copy, exactly as the next start will: what does not verify is not written.
    Chain longer = parts_.chain;
    for (const Verified& one : batch.statements) {
        const auto link = make_link(longer.head, parts_.keys.placing(), one.sealed, now().wall);
        if (!link) return tl::unexpected<Error>(link.error());
        if (auto extended = sekimori::extend(longer, parts_.keys.root(), *link); !extended)
            return fail(ErrorCode::internal, "store: own statement refused: " + extended.error().message);
        if (auto put = insert_link(database, longer.head.seq, *link); !put) return put;
    }
    if (auto put = put_head(database, *parts_.sealer, longer.head, rng_); !put) return put;
    if (auto done = transaction->commit(); !done) return done;
    parts_.chain = std::move(longer);
    return {};
}

Status LocalStore::commit_grant(const Batch& batch) {
    if (auto folded = fold(); !folded) return folded;
    return commit(batch);
}

// Places what is pending, in the order in which it came.
Status LocalStore::fold() {
    if (parts_.keys.member) return queue_denials();
    if (pending_.empty()) return {};
    Batch batch;
    for (const Pending& one : pending_)
        if (!one.denial.sealed.signatures.empty()) batch.statements.push_back(one.denial);
    if (batch.statements.size() != pending_.size())
        return fail(ErrorCode::internal, "store: a denial holds in memory but could not be signed");
    if (auto committed = commit(batch); !committed) return committed;
    for (const Pending& one : pending_)
        if (one.slot) parts_.reserve.release(*one.slot);
    pending_.clear();
    return {};
}

// What the view needs, but for secrets whose time is over. Nobody destroys by a clock that went back.
std::set<Hash> LocalStore::needed() const {
    std::set<Hash> used = view().blobs_in_use();
    const Instant at = now();
    if (at.wall_quality == WallQuality::suspect) return used;
    for (const auto& [id, secret] : view().secrets)
        if (secret.record.until != Millis{0} && at.wall >= secret.record.until) used.erase(secret.blob);
    for (const auto& [id, ticket] : view().break_glass)
        if (at.wall >= ticket.record.until) used.erase(ticket.blob);
    return used;
}

// Destroys keys of people who are gone and every blob that nobody needs any more: replaced templates, secrets of
// revoked cards. What was deleted is overwritten in the file and leaves the log.
Status LocalStore::sweep() {
    const Database& database = *parts_.database;
    std::vector<Bytes> keys;
    std::vector<Bytes> blobs;
    // What waits for its entry is needed as well.
    std::set<Hash> used = needed();
    std::set<PersonId> awaited;
    for (const Queued& one : outbox_) {
        used.insert(one.made.statement.blob);
        if (one.made.statement.type == StatementType::person) awaited.insert(PersonId{one.made.statement.subject});
    }
    const auto gone = [&](const Bytes& raw) {
        PersonId id;
        if (raw.size() != id.bytes.size()) return true;
        std::copy(raw.begin(), raw.end(), id.bytes.begin());
        const auto at = view().persons.find(id);
        if (at == view().persons.end()) return !awaited.contains(id);
        return at->second.record.state == PersonState::gone;
    };
    const auto collect = [&](std::string_view sql, const auto& dead, std::vector<Bytes>& into) -> Status {
        Query query = database.query(sql);
        for (;;) {
            const auto step = query.step();
            if (!step) return tl::unexpected<Error>(step.error());
            if (*step == Query::Step::done) return {};
            if (Bytes raw = query.blob(0); dead(raw)) into.push_back(std::move(raw));
        }
    };
    if (auto read = collect("SELECT person FROM person_keys", gone, keys); !read) return read;
    const auto unused = [&](const Bytes& raw) {
        Hash hash{};
        if (raw.size() != hash.size()) return true;
        std::copy(raw.begin(), raw.end(), hash.begin());
        return !used.contains(hash);
    };
    if (auto read = collect("SELECT hash FROM blobs", unused, blobs); !read) return read;
    if (keys.empty() && blobs.empty()) return {};

    return erase(keys, blobs);
}

// Nobody else is looked at: the same with thirty thousand people.
Status LocalStore::destroy(const std::set<Hash>& had, const std::set<PersonId>& persons) {
    std::set<Hash> used;
    for (const PersonId& person : persons) used.merge(blobs_of(view(), person));
    for (const Queued& one : outbox_) used.insert(one.made.statement.blob);
    std::vector<Bytes> keys;
    std::vector<Bytes> blobs;
    for (const Hash& hash : had)
        if (!used.contains(hash)) blobs.emplace_back(hash.begin(), hash.end());
    for (const PersonId& person : persons)
        if (const auto at = view().persons.find(person);
            at != view().persons.end() && at->second.record.state == PersonState::gone)
            keys.emplace_back(person.bytes.begin(), person.bytes.end());
    if (keys.empty() && blobs.empty()) return {};
    return erase(keys, blobs);
}

Status LocalStore::erase(const std::vector<Bytes>& keys, const std::vector<Bytes>& blobs) {
    const Database& database = *parts_.database;
    auto transaction = Transaction::begin(database);
    if (!transaction) return tl::unexpected<Error>(transaction.error());
    const auto each = [&](std::string_view sql, const std::vector<Bytes>& names) -> Status {
        for (const Bytes& name : names)
            if (auto done = database.query(sql).bind(ByteSpan(name)).run(); !done) return done;
        return {};
    };
    if (auto done = each("DELETE FROM person_keys WHERE person=?", keys); !done) return done;
    if (auto done = each("DELETE FROM last_use WHERE person=?", keys); !done) return done;
    if (auto done = each("DELETE FROM blobs WHERE hash=?", blobs); !done) return done;
    // What is kept for the next start has names in it, perhaps one of these.
    if (parts_.kept)
        if (auto done = ViewKeeper::drop(database); !done) return done;
    if (auto done = transaction->commit(); !done) return done;
    parts_.kept.reset();
    return database.checkpoint();
}

}  // namespace sekimori::daemon
