// SPDX-License-Identifier: Apache-2.0
// Backup, and the two ways back: an empty ledger becomes the one of the backup; a ledger with a life of its own takes
// over what it lacks. Neither makes usable what is denied here.
#include <algorithm>

#include "daemon/store/local_store.hpp"
#include "ledger/view_index.hpp"

namespace sekimori::daemon {
namespace {

template <class Name>
Result<std::vector<std::pair<Name, Bytes>>> read_table(const Database& database, std::string_view sql) {
    std::vector<std::pair<Name, Bytes>> rows;
    Query query = database.query(sql);
    for (;;) {
        const auto step = query.step();
        if (!step) return tl::unexpected<Error>(step.error());
        if (*step == Query::Step::done) return rows;
        const auto raw = query.fixed<std::tuple_size_v<Name>>(0);
        if (!raw) return tl::unexpected<Error>(raw.error());
        rows.emplace_back(*raw, query.blob(1));
    }
}

// Whether a ledger with this view, which had the view `before` when the restore began, may take over a statement that
// it has not. What lifts a denial is left behind, and so is what would take somebody's place here.
bool welcome(const View& before, const View& here, const Statement& statement, const std::optional<BlobOf>& blob) {
    const auto here_and_present = [&](const PersonId& id) {
        const auto at = here.persons.find(id);
        return at != here.persons.end() && at->second.record.state != PersonState::gone;
    };
    switch (statement.type) {
        case StatementType::suspend:
        case StatementType::revoke:
        case StatementType::offboard:
        case StatementType::revoke_terminal:
        case StatementType::withdraw:
            return true;
        case StatementType::person: {
            const PersonId id{statement.subject};
            const auto denied = here.denied_persons.find(id);
            return !here.persons.contains(id) &&
                   (denied == here.denied_persons.end() || denied->second != PersonState::gone);
        }
        case StatementType::account:
            return here_and_present(PersonId{statement.subject});
        case StatementType::details: {
            const PersonId id{statement.subject};
            const auto at = before.persons.find(id);
            // What the office said later counts; when that was is not kept, so that its words are taken over, all of
            // them, only where there were none.
            return blob && here_and_present(id) && (at == before.persons.end() || at->second.details.empty());
        }
        case StatementType::card: {
            const auto body = decode_tlv<CardBody>(statement.body);
            return body && here_and_present(body->person) && !here.denied_keys.contains(body->key) &&
                   here.card_of_key(body->key) == nullptr;
        }
        case StatementType::finger: {
            const auto body = decode_tlv<FingerBody>(statement.body);
            return blob && body && here_and_present(body->person) &&
                   std::ranges::none_of(
                       belongings<FingerId>(here, body->person, BelongingKind::finger),
                       [&](const FingerId& id) { return here.fingers.at(id).record.finger == body->finger; });
        }
        case StatementType::policy:
            return std::ranges::all_of(here.policies, [&](const PolicyEntry& policy) {
                return policy.issued_at < Millis{static_cast<Millis::rep>(statement.issued_at)};
            });
        case StatementType::media:
            return blob && here_and_present(PersonId{statement.subject}) && !here.withdrawn.contains(statement.id);
        // Rights and exceptions of another day are given anew, not brought back.
        case StatementType::role:
        case StatementType::exemption:
        case StatementType::secret:
        case StatementType::break_glass:
        case StatementType::authority:
        case StatementType::terminal:  // a fleet's chain has its place at the authority
        case StatementType::admin_key:
        case StatementType::key_epoch:
        case StatementType::extend:
        case StatementType::confirm:
        case StatementType::reinstate:
        case StatementType::returned:
            return false;
    }
    return false;
}

}  // namespace

Result<SecureBytes> LocalStore::backup(ByteSpan passphrase) const {
    // A fleet's ledger is kept by its server; a terminal that is lost joins anew.
    if (parts_.keys.member) return fail(ErrorCode::refused, "backup: this is a terminal of a fleet");
    const Database& database = *parts_.database;
    const auto bytes = parts_.keys.encode();
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    auto keys = Keys::decode(bytes->span());
    if (!keys) return tl::unexpected<Error>(keys.error());
    auto links = load_links(database);
    if (!links) return tl::unexpected<Error>(links.error());
    auto person_keys =
        read_table<std::array<std::uint8_t, 16>>(database, "SELECT person, sealed FROM person_keys ORDER BY person");
    if (!person_keys) return tl::unexpected<Error>(person_keys.error());
    auto blobs = read_table<Hash>(database, "SELECT hash, sealed FROM blobs ORDER BY hash");
    if (!blobs) return tl::unexpected<Error>(blobs.error());

    Archive archive{std::move(*keys), std::move(*links), {}, {}, {}};
    for (const Pending& one : pending_)
        if (!one.denial.sealed.signatures.empty()) archive.pending.push_back(one.denial.sealed);
    for (auto& [person, wrapped] : *person_keys) archive.person_keys.emplace(PersonId{person}, std::move(wrapped));
    for (auto& [hash, sealed] : *blobs) archive.blobs.emplace(hash, std::move(sealed));
    return pack_archive(archive, passphrase, backup_cost_, rng_);
}

Status LocalStore::restore(ByteSpan file, ByteSpan passphrase, const Actor&) {
    if (parts_.keys.member) return fail(ErrorCode::refused, "restore: this is a terminal of a fleet");
    const auto archive = unpack_archive(file, passphrase);
    if (!archive) return tl::unexpected<Error>(archive.error());
    if (archive->keys.member) return fail(ErrorCode::refused, "restore: the backup is of a terminal of a fleet");
    auto chain = verify_archive(*archive);
    if (!chain) return tl::unexpected<Error>(chain.error());
    const bool same = archive->keys.ledger == parts_.keys.ledger &&
                      archive->keys.author.public_key() == parts_.keys.author.public_key();
    if (same) return merge(*archive);
    if (parts_.chain.head.seq != 1 || !pending_.empty())
        return fail(ErrorCode::refused, "restore: the backup is of another ledger, and the one here is not empty");
    return adopt(*archive, std::move(*chain));
}

Status LocalStore::adopt(const Archive& archive, Chain chain) {
    const Database& database = *parts_.database;
    const auto bytes = archive.keys.encode();
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    auto keys = Keys::decode(bytes->span());
    if (!keys) return tl::unexpected<Error>(keys.error());
    // Denials that had no entry yet get theirs here: with the rest, or nothing of it.
    std::vector<Link> links = archive.links;
    for (const SignedStatement& denial : archive.pending) {
        auto link = make_link(chain.head, keys->placing(), denial, now().wall);
        if (!link) return tl::unexpected<Error>(link.error());
        if (auto extended = sekimori::extend(chain, keys->root(), *link); !extended) return extended;
        links.push_back(std::move(*link));
    }

    auto transaction = Transaction::begin(database);
    if (!transaction) return tl::unexpected<Error>(transaction.error());
    if (auto cleared = database.execute(
            "DELETE FROM statements; DELETE FROM entries; DELETE FROM blobs; DELETE FROM person_keys;");
        !cleared)
        return cleared;
    if (auto put = parts_.sealer->put(database, kKeysName, bytes->span(), rng_); !put) return put;
    for (std::size_t i = 0; i < links.size(); ++i)
        if (auto put = insert_link(database, i + 1, links[i]); !put) return put;
    for (const auto& [person, wrapped] : archive.person_keys)
        if (auto put = insert_person_key(database, person, wrapped); !put) return put;
    for (const auto& [hash, sealed] : archive.blobs)
        if (auto put = insert_blob(database, {hash, sealed}); !put) return put;
    if (auto put = put_head(database, *parts_.sealer, chain.head, rng_); !put) return put;
    if (auto dropped = ViewKeeper::drop(database); !dropped) return dropped;
    if (auto done = transaction->commit(); !done) return done;

    forget_view();
    parts_.keys = std::move(*keys);
    parts_.chain = std::move(chain);
    return sweep();
}

Status LocalStore::merge(const Archive& archive) {
    if (auto folded = fold(); !folded) return folded;
    const BlobSource source = source_of(archive);
    std::vector<SignedStatement> offered;
    offered.reserve(archive.links.size() + archive.pending.size());
    for (const Link& link : archive.links) offered.push_back(link.statement);
    offered.insert(offered.end(), archive.pending.begin(), archive.pending.end());

    Ledger trial = parts_.chain.ledger;
    Batch batch;
    for (const SignedStatement& sealed : offered) {
        const auto statement = open_statement(sealed, parts_.keys.author.public_key(), parts_.keys.ledger);
        if (!statement) return fail(ErrorCode::corrupt, "restore: " + statement.error().message);
        const Hash hash = sealed.hash();
        if (trial.entered(hash)) continue;
        const auto blob = blob_of(*statement);
        if (!blob) return tl::unexpected<Error>(blob.error());
        if (!welcome(view(), trial.view(), *statement, *blob)) continue;
        if (*blob) {
            // What the backup no longer holds was not needed when it was made.
            if (!load_blob(source, archive.keys, **blob, statement->blob)) continue;
            batch.blobs.push_back({statement->blob, *source.blob(statement->blob)});
        }
        if (statement->type == StatementType::person)
            batch.person_keys.emplace_back(PersonId{statement->subject},
                                           *source.person_key(PersonId{statement->subject}));
        if (auto entered = trial.enter(*statement, hash); !entered) return entered;
        batch.statements.push_back({sealed, *statement});
    }
    if (lowers(view(), trial.view())) return fail(ErrorCode::refused, "restore: it would lift a denial");
    if (batch.statements.empty()) return {};
    if (auto done = commit(batch); !done) return done;
    if (auto named = describe(parts_.chain.ledger, parts_.keys, tables(*parts_.database)); !named) return named;
    return sweep();
}

}  // namespace sekimori::daemon
