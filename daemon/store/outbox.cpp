// SPDX-License-Identifier: Apache-2.0
// What a member makes, until the server has it and its entry comes back; and what it acknowledges.
#include <algorithm>

#include "daemon/store/local_store.hpp"
#include "ledger/renewal.hpp"

namespace sekimori::daemon {
namespace {

Status insert_queued(const Database& database, const SignedStatement& statement) {
    const auto bytes = encode_tlv_plain(statement);
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    const Hash hash = statement.hash();
    return database.query("INSERT INTO outbox(hash, signed, stored) VALUES(?, ?, 0)")
        .bind(ByteSpan(hash))
        .bind(ByteSpan(*bytes))
        .run();
}

}  // namespace

Status LocalStore::load_outbox() {
    Query query = parts_.database->query("SELECT signed, stored FROM outbox ORDER BY id");
    for (;;) {
        const auto step = query.step();
        if (!step) return tl::unexpected<Error>(step.error());
        if (*step == Query::Step::done) return {};
        auto sealed = decode_tlv<SignedStatement>(query.blob(0));
        auto statement = sealed ? open_statement(*sealed, parts_.keys.author.public_key(), parts_.keys.ledger)
                                : Result<Statement>(tl::unexpected<Error>(sealed.error()));
        if (!statement) return fail(ErrorCode::corrupt, "outbox: " + statement.error().message);
        const Hash hash = sealed->hash();
        outbox_.push_back({hash,
                           {std::move(*sealed), std::move(*statement)},
                           query.integer(1) != 0 ? Submitted::stored : Submitted::refused});
    }
}

// Grants: nothing of them is in effect before their entries.
Status LocalStore::queue(const Batch& batch) {
    if (reach_ == Reach::no)
        return fail(ErrorCode::unavailable,
                    "fleet: the server can't be reached: nothing can be granted until it is back (a card can be "
                    "revoked all the same)");
    return put_in_outbox(batch);
}

Status LocalStore::put_in_outbox(const Batch& batch) {
    const Database& database = *parts_.database;
    auto transaction = Transaction::begin(database);
    if (!transaction) return tl::unexpected<Error>(transaction.error());
    for (const auto& [person, wrapped] : batch.person_keys)
        if (auto put = insert_person_key(database, person, wrapped); !put) return put;
    for (const SealedBlob& blob : batch.blobs)
        if (auto put = insert_blob(database, blob); !put) return put;
    for (const Verified& one : batch.statements)
        if (auto put = insert_queued(database, one.sealed); !put) return put;
    if (auto done = transaction->commit(); !done) return done;
    for (const Verified& one : batch.statements) outbox_.push_back({one.sealed.hash(), one, Submitted::refused});
    if (hooks_.queued) hooks_.queued();
    return {};
}

// Denials made here: in effect already, and in the reserve. A full disk keeps none of them here: after a restart they
// are queued from the reserve once more.
Status LocalStore::queue_denials() {
    Status written;
    for (const Pending& one : pending_) {
        const Verified& denial = one.denial;
        if (!said_here(one) || denial.sealed.signatures.empty() || waits(one.hash)) continue;
        if (auto put = insert_queued(*parts_.database, denial.sealed); !put) {
            if (put.error().code != ErrorCode::full) return put;
            written = put;
        }
        outbox_.push_back({one.hash, denial, Submitted::refused});
        if (hooks_.queued) hooks_.queued();
    }
    return written;
}

std::vector<FleetStore::Waiting> LocalStore::waiting() const {
    std::vector<Waiting> all;
    all.reserve(outbox_.size());
    for (const Queued& one : outbox_) all.push_back({one.hash, one.made.statement.type});
    return all;
}

std::vector<Hash> LocalStore::unsent() const {
    std::vector<Hash> hashes;
    for (const Queued& one : outbox_)
        if (one.at != Submitted::stored) hashes.push_back(one.hash);
    return hashes;
}

bool LocalStore::waits(const Hash& hash) const {
    return std::ranges::find(outbox_, hash, &Queued::hash) != outbox_.end();
}

Result<FleetStore::Outgoing> LocalStore::outgoing(const Hash& hash) const {
    const auto at = std::ranges::find(outbox_, hash, &Queued::hash);
    if (at == outbox_.end()) return fail(ErrorCode::not_found, "outbox: not there");
    const Statement& statement = at->made.statement;
    auto bytes = encode_tlv_plain(at->made.sealed);
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    Outgoing out;
    out.statement = std::move(*bytes);
    const auto of = blob_of(statement);
    if (!of) return tl::unexpected<Error>(of.error());
    if (!*of) return out;
    const BlobSource source = tables(*parts_.database);
    auto sealed = source.blob(statement.blob);
    if (!sealed) return tl::unexpected<Error>(sealed.error());
    out.blob.emplace(statement.blob, std::move(*sealed));
    out.person = (*of)->person;
    const Member& member = *parts_.keys.member;
    const auto known = view().persons.find(out.person);
    out.groups = known != view().persons.end() && !known->second.groups.empty() ? known->second.groups
                                                                                : std::vector{member.home};
    if (statement.type != StatementType::person) return out;
    const auto key = load_person_key(source, parts_.keys, out.person);
    if (!key) return tl::unexpected<Error>(key.error());
    for (const GroupId& group : out.groups) {
        const Member::GroupKey* const wrapping = member.newest(group);
        if (wrapping == nullptr) return fail(ErrorCode::not_found, "outbox: the key of a group is not here");
        auto wrapped = wrap_person_key(wrapping->key.span(), parts_.keys.ledger, out.person, key->span(), rng_);
        if (!wrapped) return tl::unexpected<Error>(wrapped.error());
        out.keys.push_back({group, wrapping->generation, std::move(*wrapped)});
    }
    return out;
}

Status LocalStore::submitted(const Hash& hash, Submitted outcome) {
    const auto at = std::ranges::find(outbox_, hash, &Queued::hash);
    if (at == outbox_.end()) return {};
    const Database& database = *parts_.database;
    if (outcome == Submitted::stored) {
        at->at = Submitted::stored;
        return database.query("UPDATE outbox SET stored=1 WHERE hash=?").bind(ByteSpan(hash)).run();
    }
    // A denial stays in force here, and is offered again after the next start: whoever refused it may have lied.
    const bool grant = !denies(at->made.statement.type);
    at->at = Submitted::stored;
    if (!grant) return {};
    outbox_.erase(at);
    if (auto done = database.query("DELETE FROM outbox WHERE hash=?").bind(ByteSpan(hash)).run(); !done) return done;
    return sweep();
}

// ---- acknowledgements

Result<Bytes> LocalStore::acknowledge(const Hash& denial, AckOutcome outcome, std::uint16_t sessions) {
    const Acknowledgement ack{.ledger = parts_.keys.ledger,
                              .terminal = parts_.keys.member->terminal,
                              .statement = denial,
                              .seq = parts_.chain.head.seq,
                              .hash = parts_.chain.head.hash,
                              .outcome = outcome,
                              .sessions = sessions,
                              .time = static_cast<std::uint64_t>(now().wall.count())};
    const auto sealed = sign_record(ack, signer_of(parts_.keys.author));
    if (!sealed) return tl::unexpected<Error>(sealed.error());
    auto bytes = encode_tlv_plain(*sealed);
    if (!bytes) return bytes;
    if (auto put = parts_.database->query("INSERT OR REPLACE INTO acknowledgements(statement, record) VALUES(?, ?)")
                       .bind(ByteSpan(denial))
                       .bind(ByteSpan(*bytes))
                       .run();
        !put)
        return tl::unexpected<Error>(put.error());
    return bytes;
}

Result<std::vector<FleetStore::KeptAck>> LocalStore::acknowledgements() const {
    std::vector<KeptAck> kept;
    Query query = parts_.database->query("SELECT statement, record FROM acknowledgements");
    for (;;) {
        const auto step = query.step();
        if (!step) return tl::unexpected<Error>(step.error());
        if (*step == Query::Step::done) return kept;
        const auto hash = query.fixed<std::tuple_size_v<Hash>>(0);
        if (!hash) return tl::unexpected<Error>(hash.error());
        kept.push_back({*hash, query.blob(1)});
    }
}

Status LocalStore::acknowledged(const Hash& denial) {
    return parts_.database->query("DELETE FROM acknowledgements WHERE statement=?").bind(ByteSpan(denial)).run();
}

Result<Acknowledgement> LocalStore::open_ack(ByteSpan record) const {
    const auto sealed = decode_tlv<SignedRecord>(record);
    if (!sealed) return tl::unexpected<Error>(sealed.error());
    const auto claimed = decode_tlv<Acknowledgement>(sealed->bytes);
    if (!claimed) return tl::unexpected<Error>(claimed.error());
    const auto at = view().fleet.terminals.find(claimed->terminal);
    if (at == view().fleet.terminals.end()) return fail(ErrorCode::mismatch, "fleet: nobody knows the terminal");
    return open_record<Acknowledgement>(*sealed, at->second.sign, parts_.keys.ledger);
}

Result<Bytes> LocalStore::renewal_request(ByteSpan csr) const {
    const RenewalAsk ask{.ledger = parts_.keys.ledger,
                         .terminal = parts_.keys.member->terminal,
                         .csr = Bytes(csr.begin(), csr.end()),
                         .time = static_cast<std::uint64_t>(now().wall.count())};
    const auto sealed = sign_record(ask, signer_of(parts_.keys.author));
    if (!sealed) return tl::unexpected<Error>(sealed.error());
    return encode_tlv_plain(*sealed);
}

}  // namespace sekimori::daemon
