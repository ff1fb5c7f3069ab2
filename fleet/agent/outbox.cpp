// SPDX-License-Identifier: Apache-2.0
#include "fleet/agent/outbox.hpp"

#include <algorithm>
#include <set>

#include "ledger/statement.hpp"

namespace sekimori::fleet {
namespace {

constexpr std::size_t kMaxItems = 64, kMaxItemBytes = std::size_t{8} << 20;
constexpr std::size_t kMaxParcels = 1024, kMaxAcks = 65536, kMaxTrail = 65536;
constexpr std::size_t kAckBatch = 128, kTrailBatch = 128, kTrailBytes = 256 * 1024;
// Acknowledgements of one moment go together; and those of all terminals not in the moment in which the server still
// tells the last of them what is to be acknowledged (docs/BENCHMARKS.md).
constexpr Millis kGather{100}, kGatherSpread{200};
constexpr Millis kLater{3000};

// As the server is told: what it can't read is no denial.
Flag denial_in(const wire::Submit& submit) {
    const auto outer = decode_tlv<SignedStatement>(submit.sealed);
    return outer && denies(outer->type) ? Flag::yes : Flag::no;
}

tl::unexpected<Error> too_much() { return fail(ErrorCode::too_large, "the broker sends too much at once"); }

// The server's trouble, or ours: it may pass, and the same is sent again.
bool passes(ErrorCode code) {
    return code == ErrorCode::busy || code == ErrorCode::full || code == ErrorCode::gone ||
           code == ErrorCode::timeout || code == ErrorCode::refused;
}

}  // namespace

Status Outbox::add(Item item) {
    items_bytes_ += item.sealed.size();
    if (items_.size() >= kMaxItems || items_bytes_ > kMaxItemBytes) return too_much();
    items_.push_back(std::move(item));
    return {};
}
Status Outbox::take(wire::SubmitBlob blob) {
    for (const GroupId& group : blob.groups)
        if (auto added = add({1, Bytes(blob.hash.begin(), blob.hash.end()), group, 1, blob.sealed}); !added)
            return added;
    return {};
}
Status Outbox::take(wire::SubmitPersonKey key) {
    return add({2, Bytes(key.person.bytes.begin(), key.person.bytes.end()), key.group,
                static_cast<std::int32_t>(key.generation), std::move(key.sealed)});
}
Status Outbox::take(wire::Submit submit) {
    const bool denial = denial_in(submit) == Flag::yes;
    std::deque<Parcel>& to = denial ? denials_ : grants_;
    if (to.size() >= kMaxParcels) return too_much();
    if (denial) items_.clear();  // it needs none, and the server takes none with it
    to.push_back({std::move(submit), std::move(items_)});
    items_.clear();
    items_bytes_ = 0;
    again_.reset();  // whatever else waits for better times: somebody may have lost a card
    next();
    return {};
}
Status Outbox::take(wire::Acknowledge ack) {
    if (acks_.size() >= kMaxAcks) return too_much();
    acks_.push_back(std::move(ack));
    if (!gather_) gather_ = loop_.after(kGather + jitter_(kGatherSpread), [this] { gather_.reset(), next(); });
    return {};
}
Status Outbox::take(wire::TrailRow row) {
    if (trail_.size() >= kMaxTrail) return too_much();
    trail_.push_back(std::move(row));
    next();
    return {};
}
Status Outbox::take(wire::TrailHeadSigned head) {
    head_ = std::move(head);
    next();
    return {};
}

void Outbox::go(std::uint64_t trail_seq) {
    link_ = Link::up;
    busy_ = Busy::no;
    std::erase_if(trail_, [&](const wire::TrailRow& row) { return row.seq <= trail_seq; });
    next();
}
void Outbox::pause() {
    link_ = Link::down;
    busy_ = Busy::no;
    again_.reset();
}
void Outbox::clear() {
    items_.clear();
    items_bytes_ = 0;
    denials_.clear();
    grants_.clear();
    acks_.clear();
    trail_.clear();
    head_.reset();
    submitted_ = 0;
    // An answer that still comes must find nothing to answer for.
    if (link_ == Link::up && busy_ == Busy::yes) busy_ = Busy::no;
}

// Statements first: a denial is what somebody waits for, however many grants of an import do, and an acknowledgement is
// taken for statements only that the server has.
void Outbox::next() {
    if (link_ == Link::down || busy_ == Busy::yes || again_) return;
    if (!denials_.empty()) return send_parcel(denials_);
    if (!grants_.empty()) return send_parcel(grants_);
    if (!acks_.empty() && !gather_) return send_acks();
    if (!trail_.empty()) return send_trail();
    if (head_) return send_head();
}

void Outbox::later() {
    again_ = loop_.after(kLater, [this] { again_.reset(), next(); });
}

void Outbox::send_parcel(std::deque<Parcel>& from) {
    const Parcel& parcel = from.front();
    std::vector<std::int16_t> kinds;
    std::vector<Bytes> names, groups, sealed;
    std::vector<std::int32_t> generations;
    for (const Item& item : parcel.items) {
        kinds.push_back(item.kind);
        names.push_back(item.name);
        groups.emplace_back(item.group.bytes.begin(), item.group.bytes.end());
        generations.push_back(item.generation);
        sealed.push_back(item.sealed);
    }
    busy_ = Busy::yes;
    server_.call("SELECT fleet.submit($1, $2, $3, $4, $5, $6, $7, $8)",
                 Arguments()
                     .bytes(parcel.submit.statement)
                     .bytes(parcel.submit.sealed)
                     .flag(denial_in(parcel.submit))
                     .list(kinds)
                     .list(names)
                     .list(groups)
                     .list(generations)
                     .list(sealed),
                 [this, &from, hash = parcel.submit.statement](Result<Rows> rows) {
                     busy_ = Busy::no;
                     if (from.empty() || from.front().submit.statement != hash) return next();
                     if (!rows && passes(rows.error().code)) return later();
                     if (!rows && rows.error().code == ErrorCode::too_large) return later();  // much waits already
                     wire::SubmitDone done{hash, rows ? wire::SubmitOutcome::stored : wire::SubmitOutcome::refused,
                                           rows ? "" : rows.error().message};
                     from.pop_front();
                     if (rows) ++submitted_;
                     broker_.send(done);
                     next();
                 });
}

void Outbox::send_acks() {
    std::vector<Bytes> statements, records;
    for (const wire::Acknowledge& ack : acks_) {
        statements.emplace_back(ack.statement.begin(), ack.statement.end());
        records.push_back(ack.record);
        if (statements.size() == kAckBatch) break;
    }
    busy_ = Busy::yes;
    server_.call("SELECT statement FROM fleet.acknowledge($1, $2)", Arguments().list(statements).list(records),
                 [this, sent = statements.size()](Result<Rows> rows) {
                     busy_ = Busy::no;
                     if (!rows) return later();
                     std::set<wire::Hash32> stored;
                     for (int i = 0; i < rows->size(); ++i)
                         if (const auto hash = rows->fixed<32>(i, 0)) stored.insert(*hash);
                     std::deque<wire::Acknowledge> unknown;
                     for (std::size_t i = 0; i < sent && !acks_.empty(); ++i) {
                         if (stored.contains(acks_.front().statement))
                             broker_.send(wire::AckStored{acks_.front().statement});
                         else
                             unknown.push_back(std::move(acks_.front()));
                         acks_.pop_front();
                     }
                     if (unknown.empty()) return next();
                     // Of statements that the server does not have, or not again yet.
                     acks_.insert(acks_.end(), std::make_move_iterator(unknown.begin()),
                                  std::make_move_iterator(unknown.end()));
                     later();
                 });
}

void Outbox::send_trail() {
    std::vector<Bytes> records, signatures;
    const std::uint64_t first = trail_.front().seq;
    std::size_t bytes = 0;
    for (const wire::TrailRow& row : trail_) {
        if (row.seq != first + records.size() || records.size() == kTrailBatch || bytes > kTrailBytes) break;
        bytes += row.row.size();
        records.push_back(row.row);
        signatures.push_back(row.signature);
    }
    busy_ = Busy::yes;
    server_.call(
        "SELECT fleet.trail_append($1, $2, $3)",
        Arguments().number(static_cast<std::int64_t>(first)).list(records).list(signatures), [this](Result<Rows> rows) {
            busy_ = Busy::no;
            if (!rows) return later();
            const auto last = static_cast<std::uint64_t>(std::max<std::int64_t>(rows->number(0, 0).value_or(0), 0));
            std::erase_if(trail_, [&](const wire::TrailRow& row) { return row.seq <= last; });
            broker_.send(wire::TrailStored{last, {}});
            next();
        });
}

void Outbox::send_head() {
    busy_ = Busy::yes;
    server_.call("SELECT fleet.trail_witness($1, $2)",
                 Arguments().number(static_cast<std::int64_t>(head_->seq)).bytes(head_->record),
                 [this, seq = head_->seq](Result<Rows> rows) {
                     busy_ = Busy::no;
                     if (!rows && passes(rows.error().code)) return later();
                     if (head_ && head_->seq == seq) head_.reset();
                     next();
                 });
}

}  // namespace sekimori::fleet
