// SPDX-License-Identifier: Apache-2.0
// Opening: lock, keys, tables, the whole chain; nothing is used before all of it verified.
#include <unistd.h>

#include <algorithm>

#include "core/event_kind.hpp"
#include "daemon/store/last_use.hpp"
#include "daemon/store/local_store.hpp"
#include "daemon/store/schema.hpp"

namespace sekimori::daemon {
namespace {

Result<Keys> load_keys(const Database& database, const Sealer& sealer, Clock& clock, Rng& rng) {
    auto bytes = sealer.get(database, kKeysName);
    if (!bytes && bytes.error().code == ErrorCode::not_found) {
        Query any = database.query("SELECT 1 FROM entries LIMIT 1");
        const auto step = any.step();
        if (!step) return tl::unexpected<Error>(step.error());
        if (*step == Query::Step::row) return fail(ErrorCode::corrupt, "ledger: its keys are gone");
        if (auto made = create_ledger(database, sealer, clock.now().wall, rng); !made)
            return tl::unexpected<Error>(made.error());
        bytes = sealer.get(database, kKeysName);
    }
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    auto keys = Keys::decode(bytes->span());
    if (!keys) return fail(ErrorCode::corrupt, keys.error().message);
    return keys;
}

// The trail says where the ledger stood at its last event: a ledger that is shorter, or another one, was put back.
Status check_not_rolled_back(const Chain& chain, const Keys& keys, const Trail& trail) {
    const auto& seen = trail.last_ledger();
    if (!seen || seen->ledger != keys.ledger || seen->seq == 0) return {};
    if (seen->seq > chain.hashes.size() || chain.hashes[seen->seq - 1] != seen->hash)
        return fail(ErrorCode::corrupt,
                    "ledger: entry " + std::to_string(std::min<std::uint64_t>(seen->seq, chain.hashes.size() + 1)) +
                        ": not the one that the audit trail has seen");
    return {};
}

struct OpenedChain {
    Chain chain;
    std::optional<RowsSeen> kept;  // how far it was not verified now, but kept
};

// From what was kept, with what came since verified as ever; or else all of it is.
Result<OpenedChain> open_chain(const Database& database, const Sealer& sealer, const Keys& keys,
                               const ViewKeeper& keeper) {
    if (auto kept = keeper.load(database, sealer, keys)) {
        auto chain = verify_stored(database, keys.root(), std::move(kept->chain));
        if (chain && check_head(database, sealer, chain->head)) return OpenedChain{std::move(*chain), kept->rows};
    }
    auto chain = verify_stored(database, keys.root(), Chain{});
    if (!chain) return tl::unexpected<Error>(chain.error());
    // A member has nothing of its fleet's chain until the first entry comes.
    if (chain->head.seq == 0 && !keys.member) return fail(ErrorCode::corrupt, "ledger: empty");
    if (auto whole = check_head(database, sealer, chain->head); !whole) return tl::unexpected<Error>(whole.error());
    return OpenedChain{std::move(*chain), std::nullopt};
}

}  // namespace

Result<std::unique_ptr<Store>> Store::open(StoreOptions options, Clock& clock, Rng& rng) {
    const auto forward = [](const Error& error) { return tl::unexpected<Error>(error); };
    auto lock = DirectoryLock::take(options.directory);
    if (!lock) return forward(lock.error());
    auto witness = make_witness(options.witness);
    if (!witness) return forward(witness.error());
    auto forwarder = make_forwarder(options.forward);
    if (!forwarder) return forward(forwarder.error());
    const std::string path = options.directory + "/store.db";
    const Age age = access(path.c_str(), F_OK) == 0 ? Age::existing : Age::fresh;
    if (!options.top_key) {
        auto key = host_top_key(options.directory, age, rng);
        if (!key) return forward(key.error());
        options.top_key = std::move(*key);
    }
    auto sealer = Sealer::make(options.top_key->span());
    if (!sealer) return forward(sealer.error());
    options.top_key->clear();

    auto opened = Database::open(path);
    if (!opened) return forward(opened.error());
    auto database = std::make_unique<Database>(std::move(*opened));
    auto kept_sealer = std::make_unique<Sealer>(std::move(*sealer));
    if (auto migrated = migrate(*database, migrations()); !migrated) return forward(migrated.error());
    auto keys = load_keys(*database, *kept_sealer, clock, rng);
    if (!keys) return forward(keys.error());
    ViewKeeper keeper(options.directory);
    auto ledger = open_chain(*database, *kept_sealer, *keys, keeper);
    if (!ledger) return forward(ledger.error());
    auto& [chain, kept] = *ledger;
    auto reserve = Reserve::open(options.directory);
    if (!reserve) return forward(reserve.error());
    auto trail =
        Trail::open(*database, options.directory, *kept_sealer, {std::move(*witness), std::move(*forwarder)}, rng);
    if (!trail) return forward(trail.error());
    if (auto fits = check_not_rolled_back(chain, *keys, *trail); !fits) return forward(fits.error());
    auto lockouts = Lockouts::load(*database, options.lockout, clock.now().boot_id);
    if (!lockouts) return forward(lockouts.error());

    auto store = std::make_unique<LocalStore>(
        LocalStore::Parts{std::move(*lock), std::move(database), std::move(kept_sealer), std::move(*keys),
                          std::move(chain), std::move(*reserve), std::move(*trail), std::move(*lockouts),
                          std::move(keeper), kept},
        options.protection, crypto::ScryptCost{.log2_n = options.backup_cost}, options.offline, options.help_desk,
        clock, rng);
    if (auto settled = store->settle(); !settled) return forward(settled.error());
    return store;
}

Status LocalStore::settle() {
    if (parts_.keys.member) return settle_member();
    for (const Reserve::Found& found : parts_.reserve.found()) {
        const KeyId mine = key_id(parts_.keys.author.public_key());
        const bool ours = std::ranges::any_of(found.statement.signatures,
                                              [&](const AuthorSignature& one) { return one.key == mine; });
        if (!ours) {  // of the ledger that a restore replaced
            parts_.reserve.release(found.slot);
            continue;
        }
        const auto denial = open_statement(found.statement, parts_.keys.author.public_key(), parts_.keys.ledger);
        if (!denial) return fail(ErrorCode::corrupt, "denials.log: " + denial.error().message);
        const Hash hash = found.statement.hash();
        if (parts_.chain.ledger.entered(hash)) {
            parts_.reserve.release(found.slot);
            continue;
        }
        if (auto heard = parts_.chain.ledger.hear(*denial, hash); !heard) return heard;
        pending_.push_back({hash, {found.statement, *denial}, found.slot});
    }
    // A full disk keeps neither of them from being tried again.
    (void)fold();
    if (auto named = describe_all(parts_.kept ? Names::lacking : Names::all); !named) return named;
    // What a crash or a full disk left over. Looking for it takes a while: care_for_ledger() does, if all else is fast.
    swept_ = !parts_.kept && sweep().has_value();
    return {};
}

// Everybody's, or those that came after what was kept.
Status LocalStore::describe_all(Names which) {
    const BlobSource source = tables(*parts_.database);
    std::vector<PersonId> persons;
    for (const auto& [id, person] : view().persons)
        if (which == Names::all || lacks_names(person)) persons.push_back(id);
    for (const PersonId& id : persons)
        if (auto named = parts_.keys.member ? describe_if_there(parts_.chain.ledger, parts_.keys, source, id)
                                            : describe(parts_.chain.ledger, parts_.keys, source, id);
            !named)
            return named;
    return {};
}

Result<std::uint64_t> LocalStore::append(const AuditEvent& event) {
    const Instant at = now();
    auto seq = parts_.trail.append(event, at, {parts_.keys.ledger, parts_.chain.head.seq, parts_.chain.head.hash});
    if (!seq) return seq;
    // What was let in stays let in, whatever becomes of the note.
    if (event.success && event.who && is_use(event.what))
        (void)note_use(*parts_.database, *event.who, {at.wall, event.where});
    parts_.lockouts.catch_up();
    if (hooks_.recorded) hooks_.recorded();
    return seq;
}

Status LocalStore::append_all(const std::vector<AuditEvent>& events) {
    if (events.empty()) return {};
    const auto seq =
        parts_.trail.append(events, now(), {parts_.keys.ledger, parts_.chain.head.seq, parts_.chain.head.hash});
    if (!seq) return tl::unexpected<Error>(seq.error());
    parts_.lockouts.catch_up();
    if (hooks_.recorded) hooks_.recorded();
    return {};
}

Result<Care> LocalStore::care_for_audit(Millis keep) {
    return parts_.trail.keep(keep, now(), {parts_.keys.ledger, parts_.chain.head.seq, parts_.chain.head.hash});
}

}  // namespace sekimori::daemon
