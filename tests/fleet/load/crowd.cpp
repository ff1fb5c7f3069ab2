// SPDX-License-Identifier: Apache-2.0
#include "tests/fleet/load/crowd.hpp"

#include <algorithm>

namespace sekimori::fleet::load {
namespace {
// Connections of one thread that are being opened. Terminals and server share the processor here: more at a time would
// only wait for each other, until some outlast their limit and are done again.
constexpr std::size_t kOpening = 2;
constexpr std::size_t kAcknowledging = 2;  // of one thread, where it is thrifty
}  // namespace

std::vector<double> Marks::milliseconds_since(std::int64_t start) const {
    std::vector<double> out;
    for (const auto& one : at_)
        if (one != 0) out.push_back(static_cast<double>(one - start) / 1000);
    std::ranges::sort(out);
    return out;
}

Crowd::Crowd(const SimFleet& fleet, const Target& target, std::size_t first, std::size_t step, Connections connections,
             Marks& marks, std::atomic<std::size_t>& connected)
    : fleet_(fleet),
      target_(target),
      connections_(connections),
      marks_(marks),
      connected_(connected),
      thread_([this, first, step] { run(first, step); }) {}

Crowd::~Crowd() {
    stop_ = true;
    thread_.join();
}

void Crowd::run(std::size_t first, std::size_t step) {
    auto loop = Loop::make();
    if (!loop) return;
    loop_ = std::make_unique<Loop>(std::move(*loop));
    for (std::size_t i = first; i < fleet_.terminals.size(); i += step) {
        auto one = std::make_unique<One>(One{i, target_, nullptr, {}, {}, {}, 0, false, false, false});
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
                            if (std::exchange(raw->listens, false)) --connected_;
                            acknowledge_some();
                            // Spread over a growing time, as the agent does.
                            const unsigned round = std::min(++raw->failures, 6U);
                            raw->again = loop_->after(
                                Millis{(250 << round) / 4 +
                                       static_cast<int>((raw->number * 7919) % static_cast<std::size_t>(250 << round))},
                                [this, raw] { want(*raw); });
                        },
                        [this, raw](std::string_view payload) { heard(*raw, payload); }});
        one->again = loop_->after(Millis{0}, [this, raw] { want(*raw); });
        ones_.push_back(std::move(one));
    }
    bool begun = false;
    const std::function<void()> tick = [&] {
        if (stop_) return loop_->quit(0);
        if (last_ > 0 && !std::exchange(begun, true))
            for (const auto& one : ones_) fetch(*one, after_);
        tick_ = loop_->after(Millis{50}, tick);
    };
    tick();
    (void)loop_->run();
    ones_.clear();
}

void Crowd::catch_up(std::int64_t after, std::int64_t last) {
    after_ = after;
    last_ = last;
}

void Crowd::fetch(One& one, std::int64_t after) {
    one.connection->call("SELECT seq, entry, statement FROM fleet.entries_after($1, 200)", Arguments().number(after),
                         [this, &one, after](const Result<Rows>& rows) {
                             if (!rows) return;
                             std::int64_t seq = after;
                             for (int i = 0; i < rows->size(); ++i) seq = rows->number(i, 0).value_or(seq);
                             if (seq >= last_) return marks_.mark(one.number);
                             fetch(one, seq);
                         });
}

void Crowd::want(One& one) {
    waiting_.push_back(&one);
    connect_some();
}

void Crowd::connect_some() {
    while (opening_ < kOpening && !waiting_.empty()) {
        One& one = *waiting_.front();
        waiting_.pop_front();
        one.opening = true;
        ++opening_;
        one.connection->open(one.target, one.target.hosts[one.failures % one.target.hosts.size()],
                             connect_limit(one.failures));
    }
}

void Crowd::greet(One& one) {
    const auto there = [this, &one](const Result<Rows>& rows) {
        settled(one);
        if (!rows) return;
        one.failures = 0;
        one.listens = true;
        ++connected_;
        if (one.owes) owe(one, Hash(*one.owes));
    };
    if (connections_ == Connections::thrifty) return one.connection->call("LISTEN sekimori", {}, there);
    one.connection->call("LISTEN sekimori", {}, [](const Result<Rows>&) {});
    one.connection->call("SELECT ledger FROM fleet.hello($1)", Arguments().text("load"), there);
}

void Crowd::settled(One& one) {
    if (!std::exchange(one.opening, false)) return;
    --opening_;
    connect_some();
}

void Crowd::heard(One& one, std::string_view payload) {
    if (!payload.starts_with('D')) return;
    const auto bytes = from_base64(payload.substr(1));
    if (!bytes) return;
    const auto sealed = decode_tlv<SignedStatement>(*bytes);
    if (!sealed || !open_statement(*sealed, fleet_.terminals.front().sign.public_key(), fleet_.ledger)) return;
    marks_.mark(one.number);
    // As the agent does (fleet/agent/outbox.cpp).
    one.gather = loop_->after(Millis{100 + static_cast<int>((one.number * 7919) % 200)},
                              [this, &one, hash = sealed->hash()] { owe(one, hash); });
}

void Crowd::owe(One& one, const Hash& hash) {
    one.owes = hash;
    applied_.push_back(&one);
    acknowledge_some();
}

void Crowd::acknowledge_some() {
    while (!applied_.empty() && (connections_ == Connections::lasting || acknowledging_ < kAcknowledging)) {
        One& one = *applied_.front();
        applied_.pop_front();
        acknowledge(one);
    }
}

void Crowd::acknowledged(One& one, const Result<Rows>& rows) {
    if (std::exchange(one.acknowledges, false)) --acknowledging_;
    if (rows) one.owes.reset();
    if (connections_ == Connections::thrifty && rows) {
        one.connection->close();
        if (std::exchange(one.listens, false)) --connected_;
    }
    acknowledge_some();
}

void Crowd::acknowledge(One& one) {
    if (!one.owes || !one.connection->is_up()) return;  // it is owed until it is up again
    const Hash hash = *one.owes;
    Acknowledgement ack;
    ack.ledger = fleet_.ledger;
    ack.terminal = fleet_.terminals[one.number].id;
    ack.statement = hash;
    ack.time = 1;
    const auto sealed = sign_record(ack, signer_of(fleet_.terminals[one.number].sign));
    if (!sealed) return;
    const auto bytes = encode_tlv_plain(*sealed);
    if (!bytes) return;
    one.acknowledges = true;
    ++acknowledging_;
    one.connection->call(
        "SELECT statement FROM fleet.acknowledge($1, $2)",
        Arguments().list(std::vector<Bytes>{Bytes(hash.begin(), hash.end())}).list(std::vector<Bytes>{*bytes}),
        [this, &one](const Result<Rows>& rows) { acknowledged(one, rows); });
}

}  // namespace sekimori::fleet::load
