// SPDX-License-Identifier: Apache-2.0
// Becoming a member of a fleet, being one after a restart, and leaving; and how old what is known of it is.
#include "daemon/store/local_store.hpp"
#include "ledger/delegation.hpp"

namespace sekimori::daemon {
namespace {

constexpr std::string_view kAgeName = "freshness";
constexpr Millis kEvery = std::chrono::minutes{1};  // between two calls of keep_age()
constexpr const char* kForget =
    "DELETE FROM statements; DELETE FROM entries; DELETE FROM blobs; DELETE FROM person_keys; DELETE FROM outbox;"
    "DELETE FROM acknowledgements; DELETE FROM keys WHERE name IN('freshness', 'extension', 'view');";

struct AgeRecord {
    std::uint8_t fmt{1};
    std::optional<std::uint64_t> seq, time;  // of the newest heartbeat
    std::optional<Hash> hash;
    std::uint64_t floor{}, seen{}, since{};
    std::array<std::uint8_t, 16> boot{};
    static constexpr auto kFields =
        std::tuple{field<1>(&AgeRecord::fmt),   field<2>(&AgeRecord::seq),   field<3>(&AgeRecord::time),
                   field<4>(&AgeRecord::hash),  field<5>(&AgeRecord::floor), field<6>(&AgeRecord::seen),
                   field<7>(&AgeRecord::since), field<8>(&AgeRecord::boot)};
};

std::uint64_t number(Millis time) { return static_cast<std::uint64_t>(time.count()); }
Millis millis(std::uint64_t time) { return Millis{static_cast<Millis::rep>(time)}; }

AgeRecord record_of(const Freshness& freshness) {
    AgeRecord record;
    if (freshness.newest) {
        record.seq = freshness.newest->seq;
        record.time = number(freshness.newest->time);
        record.hash = freshness.newest->hash;
    }
    record.floor = number(freshness.floor);
    record.seen = number(freshness.seen);
    record.since = number(freshness.since);
    record.boot = freshness.boot;
    return record;
}

Freshness freshness_of(const AgeRecord& record) {
    Freshness freshness;
    if (record.seq && record.time && record.hash)
        freshness.newest = Beat{*record.seq, *record.hash, millis(*record.time)};
    freshness.floor = millis(record.floor);
    freshness.seen = millis(record.seen);
    freshness.since = millis(record.since);
    freshness.boot = record.boot;
    return freshness;
}

}  // namespace

Status LocalStore::join(NewMember made) {
    if (parts_.keys.member) return fail(ErrorCode::refused, "fleet: this is a terminal of a fleet already");
    if (parts_.chain.head.seq != 1 || !pending_.empty())
        return fail(ErrorCode::refused,
                    "fleet: only an empty ledger can join; there are people or acts in the one here");
    SecureBytes group(crypto::kKeySize);
    if (group.size() != crypto::kKeySize) return fail(ErrorCode::internal, "store: out of memory");
    if (auto drawn = rng_.fill(group.span()); !drawn) return drawn;
    Keys keys{made.ledger, std::move(made.sign), std::nullopt, std::move(group),
              Member{std::move(made.authority), made.terminal, made.home, std::move(made.box), {}}};
    const auto bytes = keys.encode();
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    const Database& database = *parts_.database;
    auto transaction = Transaction::begin(database);
    if (!transaction) return tl::unexpected<Error>(transaction.error());
    if (auto cleared = database.execute(kForget); !cleared) return cleared;
    if (auto put = parts_.sealer->put(database, kKeysName, bytes->span(), rng_); !put) return put;
    if (auto put = put_head(database, *parts_.sealer, {}, rng_); !put) return put;
    if (auto done = transaction->commit(); !done) return done;
    forget_view();
    parts_.keys = std::move(keys);
    parts_.chain = {};
    freshness_ = {};
    carried_.reset();
    return {};
}

Status LocalStore::leave() {
    if (!parts_.keys.member) return fail(ErrorCode::refused, "fleet: this is no terminal of a fleet");
    const Database& database = *parts_.database;
    auto transaction = Transaction::begin(database);
    if (!transaction) return tl::unexpected<Error>(transaction.error());
    if (auto cleared = database.execute(kForget); !cleared) return cleared;
    auto keys = write_new_ledger(database, *parts_.sealer, now().wall, rng_);
    if (!keys) return tl::unexpected<Error>(keys.error());
    auto chain = verify_stored(database, keys->root(), Chain{});
    if (!chain) return tl::unexpected<Error>(chain.error());
    if (auto done = transaction->commit(); !done) return done;
    forget_view();
    parts_.keys = std::move(*keys);
    parts_.chain = std::move(*chain);
    // They are of a ledger that is gone; the next start does not read them either.
    for (const Pending& one : pending_)
        if (one.slot) parts_.reserve.release(*one.slot);
    pending_.clear();
    outbox_.clear();
    unsaved_.clear();
    unread_.clear();
    early_blobs_.clear();
    early_keys_.clear();
    freshness_ = {};
    carried_.reset();
    return database.checkpoint();
}

// What a slot of the reserve holds: in force again, or old news, or by somebody who is not known (yet). What is another
// ledger's, or not its author's to say any more, comes to nothing.
Status LocalStore::read_kept(const Reserve::Found& found) {
    const Hash hash = found.statement.hash();
    if (parts_.chain.ledger.entered(hash)) {
        parts_.reserve.release(found.slot);
        return {};
    }
    const auto denial =
        open_authored(found.statement, parts_.chain.ledger.placed(), parts_.keys.ledger, parts_.chain.head.time);
    if (!denial) {
        const auto claimed = decode_tlv<Statement>(found.statement.bytes);
        const bool another = claimed && claimed->ledger != parts_.keys.ledger;
        if (another || denial.error().code == ErrorCode::refused)
            parts_.reserve.erase(found.slot);
        else
            unread_.push_back(found);
        return {};
    }
    if (auto heard = parts_.chain.ledger.hear(*denial, hash); !heard) return heard;
    pending_.push_back({hash, {found.statement, *denial}, found.slot});
    return {};
}

Status LocalStore::settle_member() {
    for (const Reserve::Found& found : parts_.reserve.found())
        if (auto read = read_kept(found); !read) return read;
    if (auto loaded = load_outbox(); !loaded) return loaded;
    // A denial that was made here and reached the reserve only.
    (void)queue_denials();
    if (auto named = describe_all(parts_.kept ? Names::lacking : Names::all); !named) return named;
    if (auto kept = parts_.sealer->get(*parts_.database, kAgeName)) {
        const auto record = decode_tlv<AgeRecord>(kept->span());
        if (!record) return fail(ErrorCode::corrupt, "store: how old the ledger is does not parse");
        freshness_ = restarted(freshness_of(*record), kEvery, clock_.now());
    } else if (kept.error().code != ErrorCode::not_found) {
        return tl::unexpected<Error>(kept.error());
    }
    if (auto loaded = load_extension(); !loaded) return loaded;
    swept_ = !parts_.kept && sweep().has_value();
    return {};
}

Result<Heard> LocalStore::take_beat(ByteSpan bytes) {
    const auto sealed = decode_tlv<SignedRecord>(bytes);
    if (!sealed) return tl::unexpected<Error>(sealed.error());
    const auto beat = follower().open_beat(*sealed);
    if (!beat) return tl::unexpected<Error>(beat.error());
    const bool first = !freshness_.newest;
    const Hearing hearing = sekimori::hear(freshness_, *beat, follower().holds(*beat), clock_.now());
    freshness_ = hearing.freshness;
    if (first && hearing.heard == Heard::taken) (void)keep_age();
    return hearing.heard;
}

Status LocalStore::keep_age() {
    freshness_ = pass(freshness_, clock_.now());
    const auto bytes = encode_tlv(record_of(freshness_));
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    return parts_.sealer->put(*parts_.database, kAgeName, bytes->span(), rng_);
}

}  // namespace sekimori::daemon
