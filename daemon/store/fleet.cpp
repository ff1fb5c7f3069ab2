// SPDX-License-Identifier: Apache-2.0
// A member's store: what comes from the fleet, verified, in effect, and then on disk.
#include <algorithm>

#include "core/freshness_anew.hpp"
#include "daemon/store/local_store.hpp"
#include "ledger/group_key.hpp"

namespace sekimori::daemon {
namespace {

// What may wait in memory for its entry. More than one person's blobs and keys, far less than a snapshot.
constexpr std::size_t kMostEarly = 256;

// Leaves something behind that ought to be destroyed: a template, a secret, a person's key, what the office said
// before.
bool leaves_waste(StatementType type) {
    return type == StatementType::offboard || type == StatementType::revoke || type == StatementType::finger ||
           type == StatementType::details || type == StatementType::returned || type == StatementType::secret ||
           type == StatementType::exemption || type == StatementType::withdraw;
}

}  // namespace

FleetStore::Facts LocalStore::facts() const {
    const Member& member = *parts_.keys.member;
    Facts facts;
    facts.terminal = member.terminal;
    facts.group = member.home;
    facts.head = parts_.chain.head;
    const std::vector<Extension> extended = extensions();
    for (const Extension& one : extended)
        if (one.until > clock_.now().wall) facts.extended_until = std::max(facts.extended_until, one.until);
    facts.queued = outbox_.size();
    for (const auto& [id, terminal] : view().fleet.terminals) {
        if (terminal.standing == Standing::in_force) ++facts.terminals;
        if (id != member.terminal) continue;
        facts.name = terminal.name;
        facts.group = terminal.group;
        facts.admitted = true;
    }
    // By the clock that makes the age: who sets the other one back does not bring a laxer policy back.
    const Instant now = clock_.now();
    facts.by_policy = in_force(offline_rules(), facts.group, fleet_time(freshness_, now));
    facts.judged_by = stricter(facts.by_policy, offline_limits_);
    facts.freshness = sekimori::view(facts.judged_by, freshness_, now, extended);
    if (view().fleet.denied_terminals.contains(member.terminal)) facts.standing = Standing::revoked;
    return facts;
}

Opens LocalStore::opens() const {
    if (!parts_.keys.member) return Opens::everything;
    const Facts now = facts();
    if (!now.admitted || now.standing != Standing::in_force) return Opens::nothing;
    return now.freshness.opens;
}

// ---- denials and entries

Result<FleetStore::Denial> LocalStore::hear(ByteSpan bytes) {
    auto sealed = decode_tlv<SignedStatement>(bytes);
    if (!sealed) return tl::unexpected<Error>(sealed.error());
    auto heard = follower().hear(*sealed);
    if (!heard) return tl::unexpected<Error>(heard.error());
    const Hash hash = sealed->hash();
    Statement statement = heard->denial.statement;
    if (heard->news == News::fresh) pending_.push_back({hash, std::move(heard->denial), std::nullopt});
    // One whose entry came just now: durable with it. And before a denial the entries by which its author may say it:
    // a restart that lacks them would give it up.
    if (heard->news == News::fresh || parts_.chain.ledger.entered(hash)) (void)save();
    bool durable = parts_.chain.ledger.entered(hash) && unsaved_.empty();
    for (Pending& one : pending_) {
        harden(one);
        if (one.hash == hash) durable = durable || one.slot.has_value();
    }
    return Denial{hash, std::move(statement), heard->news, durable};
}

Result<FleetStore::Placed> LocalStore::take(ByteSpan entry, ByteSpan statement) {
    auto sealed_entry = decode_tlv<SignedEntry>(entry);
    if (!sealed_entry) return tl::unexpected<Error>(sealed_entry.error());
    auto sealed = decode_tlv<SignedStatement>(statement);
    if (!sealed) return tl::unexpected<Error>(sealed.error());
    Link link{std::move(*sealed_entry), std::move(*sealed)};
    auto taken = follower().take(link);
    if (!taken) return tl::unexpected<Error>(taken.error());
    if (taken->placed.statement.type == StatementType::key_epoch) freshness_ = begun_anew(freshness_, clock_.now());
    const Hash hash = link.statement.hash();
    const auto own = std::ranges::find(outbox_, hash, &Queued::hash);
    const bool ours = own != outbox_.end();
    if (ours) outbox_.erase(own);
    unsaved_.emplace_back(parts_.chain.head.seq, std::move(link));
    if (freshness_.ahead)
        freshness_ = caught_up(freshness_, follower().holds(*freshness_.ahead), clock_.now()).freshness;
    // Somebody's delegation may have come, whose denial was kept.
    for (const Reserve::Found& found : std::exchange(unread_, {}))
        if (auto read = read_kept(found); !read) return tl::unexpected<Error>(read.error());
    if (auto given_up = give_up(); !given_up) return tl::unexpected<Error>(given_up.error());
    return Placed{hash, std::move(taken->placed.statement), taken->news, ours};
}

// Denials that the ledger forgot: their authors may not say them any more, and no entry will come.
Status LocalStore::give_up() {
    const Ledger& ledger = parts_.chain.ledger;
    const auto over = [&](const Pending& one) { return !ledger.waits(one.hash) && !ledger.entered(one.hash); };
    if (std::ranges::none_of(pending_, over)) return {};
    for (const Pending& one : pending_) {
        if (!over(one)) continue;
        if (one.slot) parts_.reserve.erase(*one.slot);
        if (std::erase_if(outbox_, [&](const Queued& made) { return made.hash == one.hash; }) == 0) continue;
        // One that stays there is offered once more, and refused once more.
        (void)parts_.database->query("DELETE FROM outbox WHERE hash=?").bind(ByteSpan(one.hash)).run();
    }
    std::erase_if(pending_, over);
    return describe_all(Names::lacking);  // whoever was gone meanwhile
}

Status LocalStore::save() {
    if (unsaved_.empty() && early_blobs_.empty() && early_keys_.empty()) return {};
    const Database& database = *parts_.database;
    const std::set<Hash> wanted = early_in_use();
    // A denial that came with its entry and not before.
    const auto first_heard = [&](const Link& link, const Hash& hash) {
        return denies(link.statement.type) && std::ranges::find(pending_, hash, &Pending::hash) == pending_.end();
    };
    const auto write = [&]() -> Status {
        auto transaction = Transaction::begin(database);
        if (!transaction) return tl::unexpected<Error>(transaction.error());
        for (const auto& [seq, link] : unsaved_) {
            if (auto put = insert_link(database, seq, link); !put) return put;
            const Hash hash = link.statement.hash();
            if (auto done = database.query("DELETE FROM outbox WHERE hash=?").bind(ByteSpan(hash)).run(); !done)
                return done;
            if (!first_heard(link, hash)) continue;
            // Owed from now on, also by whoever comes after a crash.
            if (auto owed = database.query("INSERT OR IGNORE INTO acknowledgements(statement, record) VALUES(?, x'')")
                                .bind(ByteSpan(hash))
                                .run();
                !owed)
                return owed;
        }
        for (const auto& [hash, sealed] : early_blobs_)
            if (wanted.contains(hash))
                if (auto put = insert_blob(database, {hash, sealed}); !put) return put;
        for (const auto& [person, sealed] : early_keys_)
            if (view().persons.contains(person))
                if (auto put = insert_person_key(database, person, sealed); !put) return put;
        // What a new key made of the age is made by its entry, which comes once.
        if (std::ranges::any_of(unsaved_,
                                [](const auto& one) { return one.second.statement.type == StatementType::key_epoch; }))
            if (auto kept = keep_age(); !kept) return kept;
        if (auto put = put_head(database, *parts_.sealer, parts_.chain.head, rng_); !put) return put;
        return transaction->commit();
    };
    if (auto written = write(); !written) {
        // A denial among them has space of its own.
        for (const auto& [seq, link] : unsaved_) {
            const auto statement = decode_tlv<Statement>(link.statement.bytes);
            if (!statement || !denies(statement->type)) continue;
            const Hash hash = link.statement.hash();
            if (std::ranges::any_of(pending_, [&](const Pending& one) { return one.hash == hash && one.slot; }))
                continue;
            Pending kept{hash, {link.statement, *statement}, std::nullopt};
            harden(kept);
            if (kept.slot) pending_.push_back(std::move(kept));
        }
        return written;
    }
    std::set<PersonId> touched;
    std::size_t with_entries = 0;  // of the blobs
    bool waste = false;
    for (const auto& [seq, link] : std::exchange(unsaved_, {})) {
        const auto statement = decode_tlv<Statement>(link.statement.bytes);
        if (!statement) continue;
        if (statement->type == StatementType::person || statement->type == StatementType::account ||
            statement->type == StatementType::details)
            touched.insert(PersonId{statement->subject});
        waste = waste || leaves_waste(statement->type);
        if (wanted.contains(statement->blob)) ++with_entries;
    }
    for (const auto& [person, sealed] : early_keys_) touched.insert(person);
    // Names can come long after their entries: with a role, the people of other groups.
    if (with_entries < wanted.size())
        for (const auto& [id, person] : view().persons)
            if (wanted.contains(person.blob) ||
                std::ranges::any_of(person.accounts, [&](const auto& one) { return wanted.contains(one.blob); }) ||
                std::ranges::any_of(person.details, [&](const auto& one) { return wanted.contains(one.blob); }))
                touched.insert(id);
    for (const Hash& hash : wanted) early_blobs_.erase(hash);
    std::erase_if(early_keys_, [&](const auto& one) { return view().persons.contains(one.first); });
    std::erase_if(pending_, [&](const Pending& one) {
        const bool placed = parts_.chain.ledger.entered(one.hash);
        if (placed && one.slot) parts_.reserve.release(*one.slot);
        return placed;
    });
    for (const PersonId& person : touched)
        if (auto named = describe_if_there(parts_.chain.ledger, parts_.keys, tables(database), person); !named)
            return named;
    return waste ? sweep() : Status{};  // of what anybody had
}

// ---- blobs and keys

Status LocalStore::take_blob(const Hash& hash, Bytes sealed) {
    if (hash_of_blob(sealed) != hash) return fail(ErrorCode::mismatch, "fleet: a blob is not what its name says");
    if (early_blobs_.size() >= kMostEarly)
        if (auto saved = save(); !saved) return saved;
    if (early_blobs_.size() >= kMostEarly) return fail(ErrorCode::full, "fleet: too many blobs before their entries");
    early_blobs_.insert_or_assign(hash, std::move(sealed));
    return {};
}

// Which of the blobs that wait are named by something that is there. Most came just before their entries; only for one
// that did not everything is searched.
std::set<Hash> LocalStore::early_in_use() const {
    std::set<Hash> named;
    for (const auto& [seq, link] : unsaved_)
        if (const auto statement = decode_tlv<Statement>(link.statement.bytes)) named.insert(statement->blob);
    std::set<Hash> wanted;
    std::set<Hash> others;
    for (const auto& [hash, sealed] : early_blobs_) (named.contains(hash) ? wanted : others).insert(hash);
    if (others.empty()) return wanted;
    const std::set<Hash> used = view().blobs_in_use();
    for (const Hash& hash : others)
        if (used.contains(hash)) wanted.insert(hash);
    return wanted;
}

Status LocalStore::take_person_key(const PersonId& person, const GroupId& group, std::uint32_t generation,
                                   ByteSpan sealed) {
    const Member::GroupKey* const key = parts_.keys.member->find(group, generation);
    if (key == nullptr) return fail(ErrorCode::not_found, "fleet: the key of that group is not here");
    const auto plain = unwrap_person_key(key->key.span(), parts_.keys.ledger, person, sealed);
    if (!plain) return fail(ErrorCode::mismatch, "fleet: a person's key is not sealed for the group it names");
    // A person has one data key, for ever: what is sealed with the one that is here opens with no other. So whoever has
    // the group's key, and the server's ear, takes nobody's data away.
    const auto early = early_keys_.find(person);
    const auto held = early == early_keys_.end()
                          ? load_person_key(tables(*parts_.database), parts_.keys, person)
                          : unwrap_person_key(parts_.keys.group.span(), parts_.keys.ledger, person, early->second);
    if (held && SecureBytes::equal(held->span(), plain->span())) return {};
    if (held) return fail(ErrorCode::mismatch, "fleet: another key for a person whose key is here");
    // On this disk it lies under the disk's own key: another generation of a group's makes nothing unreadable here.
    auto wrapped = wrap_person_key(parts_.keys.group.span(), parts_.keys.ledger, person, plain->span(), rng_);
    if (!wrapped) return tl::unexpected<Error>(wrapped.error());
    if (!view().persons.contains(person)) {
        if (early_keys_.size() >= kMostEarly) return fail(ErrorCode::full, "fleet: too many keys before their entries");
        early_keys_.insert_or_assign(person, std::move(*wrapped));
        return {};
    }
    if (auto put = insert_person_key(*parts_.database, person, *wrapped); !put) return put;
    return describe_if_there(parts_.chain.ledger, parts_.keys, tables(*parts_.database), person);
}

Status LocalStore::put_keys() {
    const auto bytes = parts_.keys.encode();
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    return parts_.sealer->put(*parts_.database, kKeysName, bytes->span(), rng_);
}

Status LocalStore::take_group_key(ByteSpan bytes) {
    Member& member = *parts_.keys.member;
    const auto record = open_record<GroupKeyRecord>(bytes, member.authority, parts_.keys.ledger);
    if (!record) return tl::unexpected<Error>(record.error());
    if (record->terminal != member.terminal)
        return fail(ErrorCode::mismatch, "fleet: a group key for another terminal");
    if (member.find(record->group, record->generation) != nullptr) return {};
    if (view().fleet.denied_terminals.contains(member.terminal))
        return fail(ErrorCode::refused, "fleet: this terminal was revoked");
    if (member.groups.size() >= kMaxGroupKeys) return fail(ErrorCode::full, "fleet: too many group keys");
    auto key = unwrap_group_key(member.box, {parts_.keys.ledger, member.terminal, record->group, record->generation},
                                record->sealed);
    if (!key) return tl::unexpected<Error>(key.error());
    member.groups.push_back({record->group, record->generation, std::move(*key)});
    auto put = put_keys();
    if (!put) member.groups.pop_back();
    return put;
}

Status LocalStore::forget_keys() {
    Member& member = *parts_.keys.member;
    member.groups.clear();
    early_blobs_.clear();
    early_keys_.clear();
    // With another key of the disk what a flash disk keeps of the old rows opens no more.
    if (auto drawn = rng_.fill(parts_.keys.group.span()); !drawn) return drawn;
    const Database& database = *parts_.database;
    auto transaction = Transaction::begin(database);
    if (!transaction) return tl::unexpected<Error>(transaction.error());
    if (auto put = put_keys(); !put) return put;
    if (auto cleared = database.execute("DELETE FROM blobs; DELETE FROM person_keys;"); !cleared) return cleared;
    if (auto dropped = ViewKeeper::drop(database); !dropped) return dropped;
    if (auto done = transaction->commit(); !done) return done;
    parts_.kept.reset();
    return database.checkpoint();
}

}  // namespace sekimori::daemon
