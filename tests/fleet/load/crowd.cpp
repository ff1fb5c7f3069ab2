// SPDX-License-Identifier: Apache-2.0
#include "tests/fleet/load/crowd.hpp"

#include <algorithm>

namespace sekimori::fleet::load {
namespace {
// Connections of one thread that are being opened. Terminals and server share the processor here: more at a time would
// only wait for each other, until some outlast their limit and are done again.
constexpr std::size_t kOpening = 2;
constexpr std::size_t kAcknowledging = 2;  // of one thread, where it is thrifty
constexpr std::int32_t kPage = 200;
constexpr Millis kLater{3000};  // both as the agent's (fleet/agent)
}  // namespace

std::vector<double> Marks::milliseconds_since(std::int64_t start) const {
    std::vector<double> out;
    for (const auto& one : at_)
        if (one != 0) out.push_back(static_cast<double>(one - start) / 1000);
    std::ranges::sort(out);
    return out;
}

Crowd::Crowd(const SimFleet& fleet, const Target& target, std::size_t first, std::size_t step, Connections connections,
             Seen& seen)
    : fleet_(fleet), target_(target), connections_(connections), seen_(seen), thread_([this, first, step] {
          run(first, step);
      }) {}

Crowd::~Crowd() {
    stop_ = true;
    thread_.join();
}

void Crowd::run(std::size_t first, std::size_t step) {
    auto loop = Loop::make();
    if (!loop) return;
    loop_ = std::make_unique<Loop>(std::move(*loop));
    for (std::size_t i = first; i < fleet_.terminals.size(); i += step) {
        auto one = std::make_unique<One>(One{i, target_, nullptr, {}, {}, fleet_.founded, {}, {}});
        one->target.role = "sekimori_terminal";
        one->target.probes = Target::Probes::off;
        one->target.certificate = fleet_.terminals[i].certificate;
        one->target.key = fleet_.terminals[i].key;
        One* raw = one.get();
        one->connection = std::make_unique<Connection>(
            *loop_, Connection::Handlers{
                        [this, raw] { greet(*raw); },
                        [this, raw](const Error&) {
                            settled(*raw);
                            if (std::exchange(raw->acknowledges, false)) --acknowledging_;
                            if (std::exchange(raw->listens, false)) --seen_.connected;
                            acknowledge_some();
                            // Spread over a growing time, as the agent does.
                            const unsigned round = std::min(++raw->failures, 6U);
                            raw->again = loop_->after(
                                Millis{(250 << round) / 4 +
                                       static_cast<int>((raw->number * 7919) % static_cast<std::size_t>(250 << round))},
                                [this, raw] { want(*raw); });
                        },
                        [this, raw](std::string_view payload) {
                            if (!payload.starts_with('D')) return;
                            if (const auto statement = from_base64(payload.substr(1))) heard(*raw, *statement);
                        }});
        one->again = loop_->after(Millis{0}, [this, raw] { want(*raw); });
        ones_.push_back(std::move(one));
    }
    bool begun = false;
    const std::function<void()> tick = [&] {
        if (stop_) return loop_->quit(0);
        if (last_ > 0 && !std::exchange(begun, true))
            for (const auto& one : ones_)
                fetch(*one, [this, raw = one.get()] {
                    if (raw->seq >= last_) seen_.applied.mark(raw->number);
                });
        tick_ = loop_->after(Millis{50}, tick);
    };
    tick();
    (void)loop_->run();
    ones_.clear();
}

// What nobody has placed yet, and what has been.
void Crowd::ask(One& one) {
    one.connection->call("SELECT signed FROM fleet.denials_waiting(NULL, NULL, 500)", {},
                         [this, &one](const Result<Rows>& rows) {
                             for (int i = 0; rows && i < rows->size(); ++i) heard(one, rows->bytes(i, 0));
                         });
    fetch(one, [this, &one] { seen_.back.mark(one.number); });
}

void Crowd::fetch(One& one, const std::function<void()>& then) {
    one.connection->call(
        "SELECT seq, entry, statement FROM fleet.entries_after($1, $2)", Arguments().number(one.seq).number(kPage),
        [this, &one, then](const Result<Rows>& rows) {
            if (!rows) return;
            for (int i = 0; i < rows->size(); ++i) {
                if (rows->number(i, 0) != one.seq + 1) return;
                ++one.seq;
                const auto statement = decode_tlv<SignedStatement>(rows->bytes(i, 2));
                if (!statement || !denies(statement->type)) continue;
                const auto sealed = decode_tlv<SignedEntry>(rows->bytes(i, 1));
                const auto entry = sealed ? check_entry(*sealed, fleet_.sequencer, fleet_.ledger)
                                          : tl::unexpected<Error>(sealed.error());
                if (entry && entry->seq == static_cast<std::uint64_t>(one.seq) && entry->statement == statement->hash())
                    heard(one, rows->bytes(i, 2));
            }
            if (rows->size() == kPage) return fetch(one, then);
            then();
        });
}

void Crowd::want(One& one) {
    waiting_.push_back(&one);
    connect_some();
}

void Crowd::connect_some() {
    while ((opening_ < kOpening || rush_) && !waiting_.empty()) {
        One& one = *waiting_.front();
        waiting_.pop_front();
        one.opening = true;
        ++opening_;
        one.connection->open(one.target, one.target.hosts[one.failures % one.target.hosts.size()],
                             connect_limit(one.failures));
    }
}

// LISTEN first, as the agent does, so that nothing falls between what is fetched and what is notified.
void Crowd::greet(One& one) {
    const auto there = [this, &one](const Result<Rows>& rows) {
        settled(one);
        if (!rows) return;
        one.failures = 0;
        one.listens = one.was_there = true;
        ++seen_.connected;
        acknowledge_soon(one, Millis{0});
    };
    if (connections_ == Connections::thrifty && !one.was_there)
        return one.connection->call("LISTEN sekimori", {}, there);
    one.connection->call("LISTEN sekimori", {}, [](const Result<Rows>&) {});
    one.connection->call("SELECT ledger FROM fleet.hello($1)", Arguments().text("load"), there);
    ask(one);
}

void Crowd::settled(One& one) {
    if (!std::exchange(one.opening, false)) return;
    --opening_;
    connect_some();
}

void Crowd::heard(One& one, ByteSpan statement) {
    const auto sealed = decode_tlv<SignedStatement>(statement);
    if (!sealed || one.applied.contains(sealed->hash())) return;
    if (!open_statement(*sealed, fleet_.terminals.front().sign.public_key(), fleet_.ledger)) return;
    one.applied.insert(sealed->hash());
    one.owes.push_back(sealed->hash());
    seen_.applied.mark(one.number);
    // As the agent does (fleet/agent/outbox.cpp).
    acknowledge_soon(one, Millis{100 + static_cast<int>((one.number * 7919) % 200)});
}

void Crowd::acknowledge_soon(One& one, Millis delay) {
    if (one.owes.empty()) return;
    one.gather = loop_->after(delay, [this, &one] {
        applied_.push_back(&one);
        acknowledge_some();
    });
}

void Crowd::acknowledge_some() {
    while (!applied_.empty() && (connections_ == Connections::lasting || acknowledging_ < kAcknowledging)) {
        One& one = *applied_.front();
        applied_.pop_front();
        acknowledge(one);
    }
}

void Crowd::acknowledge(One& one) {
    if (one.owes.empty() || one.acknowledges || !one.connection->is_up()) return;  // it is owed until it is up again
    std::vector<Bytes> statements, records;
    for (const Hash& hash : one.owes) {
        Acknowledgement ack;
        ack.ledger = fleet_.ledger;
        ack.terminal = fleet_.terminals[one.number].id;
        ack.statement = hash;
        ack.time = 1;
        const auto sealed = sign_record(ack, signer_of(fleet_.terminals[one.number].sign));
        if (!sealed) return;
        auto bytes = encode_tlv_plain(*sealed);
        if (!bytes) return;
        statements.emplace_back(hash.begin(), hash.end());
        records.push_back(std::move(*bytes));
    }
    one.acknowledges = true;
    ++acknowledging_;
    one.connection->call("SELECT statement FROM fleet.acknowledge($1, $2)", Arguments().list(statements).list(records),
                         [this, &one](const Result<Rows>& rows) { acknowledged(one, rows); });
}

void Crowd::acknowledged(One& one, const Result<Rows>& rows) {
    if (std::exchange(one.acknowledges, false)) --acknowledging_;
    for (int i = 0; rows && i < rows->size(); ++i)
        if (const auto hash = rows->fixed<32>(i, 0)) std::erase(one.owes, *hash);
    if (!one.owes.empty()) {
        acknowledge_soon(one, kLater);  // what came meanwhile as well
    } else if (connections_ == Connections::thrifty) {
        one.connection->close();
        if (std::exchange(one.listens, false)) --seen_.connected;
    }
    acknowledge_some();
}

}  // namespace sekimori::fleet::load
