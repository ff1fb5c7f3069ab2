// SPDX-License-Identifier: Apache-2.0
#include "fleet/agent/courier.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "core/build.hpp"
#include "event/log.hpp"

namespace sekimori::fleet {
namespace {

// Many terminals hear the same notification at once; what is urgent came with it, the rest is spread.
constexpr Millis kSpread{300};
constexpr Millis kRegular{60'000};  // however quiet it is: a notification is a courtesy
constexpr Millis kBackoff{250}, kBackoffMost{20'000};
constexpr Millis kLookAtAcks{150};
constexpr std::int32_t kPage = 200, kAckPage = 2000;
constexpr std::int64_t kOverlap = 1000;  // numbers commit out of order

Bytes copy(ByteSpan bytes) { return Bytes(bytes.begin(), bytes.end()); }
std::uint64_t wall_ms() {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<Millis>(std::chrono::system_clock::now().time_since_epoch()).count());
}

}  // namespace

Courier::Courier(Loop& loop, BrokerLink& broker, Papers& papers, Rng& rng)
    : loop_(loop),
      broker_(broker),
      papers_(papers),
      rng_(rng),
      server_(loop, {[this] { up(); }, [this](const Error& error) { down(error); },
                     [this](std::string_view payload) { notified(payload); }}),
      joiner_(loop, broker, papers),
      outbox_(loop, broker, server_, [this](Millis most) { return jitter(most); }),
      renewing_(loop, broker, papers, server_, [this] { reconnect(); }) {
    broker_.use({[this](wire::MessageType type, ByteSpan message) { return from_broker(type, message); },
                 [this] { broker_lost(); },
                 [this] {
                     if (paused_ == Paused::yes) want(Millis{0});
                 }});
}

Millis Courier::jitter(Millis most) {
    std::array<std::uint8_t, 4> random{};
    if (!rng_.fill(random)) return most;
    const std::uint32_t number = static_cast<std::uint32_t>(random[0]) << 24 |
                                 static_cast<std::uint32_t>(random[1]) << 16 |
                                 static_cast<std::uint32_t>(random[2]) << 8 | random[3];
    return Millis{static_cast<Millis::rep>(number % static_cast<std::uint32_t>(most.count() + 1))};
}

// ---- the server

void Courier::connect() {
    if (membership_ != wire::Membership::member) return;
    auto target = renewing_.target();
    if (!target) return link_state(wire::LinkIs::down, target.error().message);
    target_ = std::move(*target);
    server_.open(target_, target_.hosts[host_ % target_.hosts.size()], connect_limit(rounds()));
}

unsigned Courier::rounds() const { return failures_ / static_cast<unsigned>(target_.hosts.size()); }

void Courier::reconnect() {
    server_.close();
    rest();
    connect();
}

// No server: nothing is under way.
void Courier::rest() {
    outbox_.pause();
    fetching_ = denials_ = Fetching::no;
    for (Source* source : {&wanted_, &keys_wanted_, &regular_, &acks_due_, &refusals_due_}) source->reset();
}

void Courier::link_state(wire::LinkIs is, const std::string& why) {
    const std::string server = target_.hosts.empty() ? "" : target_.hosts[host_ % target_.hosts.size()].name;
    broker_.send(wire::LinkState{is, server, wall_ms(), why});
}

// LISTEN first, so that nothing falls between what is fetched and what is notified.
void Courier::up() {
    server_.call("LISTEN sekimori", {}, [](const Result<Rows>&) {});
    server_.call("SELECT ledger, head, heartbeat, trail_seq, trail_head, groups FROM fleet.hello($1)",
                 Arguments().text(kBuild), [this](Result<Rows> rows) {
                     if (!rows) return refused(rows.error());
                     greeted(*rows);
                 });
}

// Not in force: perhaps revoked while it was off. Then there is one thing to be had, for the broker to judge.
void Courier::refused(const Error& error) {
    if (error.code != ErrorCode::refused) return down_after(error);
    server_.call("SELECT statement FROM fleet.revocation_of_mine()", {}, [this, error](const Result<Rows>& rows) {
        if (rows && !rows->null(0, 0)) broker_.send(wire::DenialHeard{copy(rows->bytes(0, 0))});
        down_after(error);
    });
}

void Courier::greeted(const Rows& rows) {
    renewing_.greeted();
    log_info("connected to {}", target_.hosts[host_ % target_.hosts.size()].name);
    link_state(wire::LinkIs::up, "");
    heartbeat_ = copy(rows.bytes(0, 2));
    const auto trail = static_cast<std::uint64_t>(std::max<std::int64_t>(rows.number(0, 3).value_or(0), 0));
    broker_.send(wire::TrailStored{trail, copy(rows.bytes(0, 4))});
    // More groups than before: all of their blobs and keys are wanted, not only what came since.
    reach_ = copy(rows.bytes(0, 5));
    change_ = papers_.reach() == reach_ ? -1 : 0;
    next_reach_.clear();
    outbox_.go(trail);
    look_at_denials();
    fetch_keys();
    fetching_ = Fetching::no;
    want(Millis{0});
    asked_ = 0;
    if (!watches_.empty()) watch_acks();
}

void Courier::down(const Error& error) {
    rest();
    if (membership_ != wire::Membership::member) return;
    if (failures_ == 0) log_error("{}: {}", target_.hosts[host_ % target_.hosts.size()].name, error.message);
    const std::string ended = renewing_.ended();
    renewing_.down();
    link_state(wire::LinkIs::down, ended.empty() ? error.message : ended);
    // The next host at once, so that a standby that was promoted is found; then slower, and not all terminals together.
    ++host_;
    ++failures_;
    const Millis most = std::min(kBackoff * (1U << std::min(rounds(), 8U)), kBackoffMost);
    again_ = loop_.after(most / 4 + jitter(most), [this] { connect(); });
}

void Courier::notified(std::string_view payload) {
    if (payload.empty()) return;
    const char kind = payload.front();
    const std::string_view content = payload.substr(1);
    switch (kind) {
        case 'D':
            if (content.empty()) return look_at_denials();
            if (auto statement = from_base64(content)) broker_.send(wire::DenialHeard{std::move(*statement)});
            return;
        case 'H':
            if (auto record = from_base64(content)) heartbeat_ = std::move(*record);
            if (!wanted_ && fetching_ == Fetching::no) pass_heartbeat();
            return;
        case 'E':
        case 'M':
            if (!wanted_) want(jitter(kSpread));
            return;
        case 'K':
            if (!keys_wanted_)
                keys_wanted_ =
                    loop_.after(jitter(kSpread), [this] { keys_wanted_.reset(), fetch_keys(), look_at_reach(); });
            return;
        case 'R':
            if (outbox_.expects_refusals() && !refusals_due_)
                refusals_due_ = loop_.after(jitter(kSpread), [this] { refusals_due_.reset(), fetch_refusals(); });
            return;
        case 'C':
            return renewing_.answered(jitter(kSpread));
        default:
            return;  // anybody can notify anything
    }
}

void Courier::want(Millis delay) {
    if (!server_.is_up()) return;
    wanted_ = loop_.after(delay, [this] { wanted_.reset(), fetch(); });
}

void Courier::fetch() {
    if (!server_.is_up()) return;
    if (fetching_ != Fetching::no) {
        fetching_ = Fetching::again;
        return;
    }
    // The broker's pace: it verifies and writes what it gets.
    if (broker_.backlog() > 0) {
        paused_ = Paused::yes;
        return;
    }
    paused_ = Paused::no;
    fetching_ = Fetching::yes;
    if (!next_reach_.empty()) {
        reach_ = std::exchange(next_reach_, {});
        change_ = 0;
    }
    regular_ = loop_.after(kRegular + jitter(kRegular / 4), [this] { want(Millis{0}); });
    if (change_ >= 0) return fetch_entries();
    server_.call("SELECT fleet.material_start($1)", Arguments().number(static_cast<std::int64_t>(seq_)),
                 [this](Result<Rows> rows) {
                     if (!rows) return down_after(rows.error());
                     change_ = rows->number(0, 0).value_or(0);
                     fetch_entries();
                 });
}

void Courier::down_after(const Error& error) {
    server_.close();
    down(error);
}

void Courier::fetch_entries() {
    server_.call("SELECT seq, entry, statement FROM fleet.entries_after($1, $2)",
                 Arguments().number(static_cast<std::int64_t>(seq_)).number(kPage), [this](Result<Rows> rows) {
                     if (!rows) return down_after(rows.error());
                     fetch_their_material(std::make_shared<Rows>(std::move(*rows)));
                 });
}

// What belongs to these entries and not to those that are still to come: the broker keeps only so much that nothing
// names yet.
void Courier::fetch_their_material(const std::shared_ptr<Rows>& entries) {
    if (entries->size() < kPage) return fetch_material(entries, std::numeric_limits<std::int64_t>::max());
    server_.call("SELECT fleet.material_start($1)", Arguments().number(entries->number(kPage - 1, 0).value_or(0)),
                 [this, entries](Result<Rows> rows) {
                     if (!rows) return down_after(rows.error());
                     fetch_material(entries, rows->number(0, 0).value_or(0));
                 });
}

// After the entries, so that all that they need is there; before them to the broker. `last`: of the changes.
void Courier::fetch_material(const std::shared_ptr<Rows>& entries, std::int64_t last) {
    server_.call("SELECT change, kind, name, group_id, generation, sealed FROM fleet.material_after($1, $2)",
                 Arguments().number(change_).number(kPage), [this, entries, last](Result<Rows> rows) {
                     if (!rows) return down_after(rows.error());
                     for (int i = 0; i < rows->size(); ++i) {
                         const std::int64_t change = rows->number(i, 0).value_or(0);
                         if (change > last) return fetched(*entries);
                         change_ = std::max(change_, change);
                         const auto group = rows->fixed<16>(i, 3);
                         if (const auto hash = rows->fixed<32>(i, 2); hash && rows->number(i, 1) == 1)
                             broker_.send(wire::BlobCame{*hash, copy(rows->bytes(i, 5))});
                         else if (const auto person = rows->fixed<16>(i, 2); person && group)
                             broker_.send(wire::PersonKeyCame{
                                 PersonId{*person}, GroupId{*group},
                                 static_cast<std::uint32_t>(rows->number(i, 4).value_or(0)), copy(rows->bytes(i, 5))});
                     }
                     if (rows->size() == kPage) return fetch_material(entries, last);
                     fetched(*entries);
                 });
}

void Courier::fetched(const Rows& entries) {
    for (int i = 0; i < entries.size(); ++i) {
        if (entries.number(i, 0) != static_cast<std::int64_t>(seq_ + 1)) break;  // a server that leaves one out
        // Whatever follows an entry that was left out is worth nothing: the next attempt begins with the same one.
        if (const auto told = broker_.tell(wire::EntryCame{copy(entries.bytes(i, 1)), copy(entries.bytes(i, 2))});
            !told)
            return down_after({told.error().code, fmt::format("entry {} can't be handed to the broker: {}", seq_ + 1,
                                                              told.error().message)});
        ++seq_;
    }
    failures_ = 0;
    const bool more = entries.size() == kPage || fetching_ == Fetching::again;
    fetching_ = Fetching::no;
    if (more) return want(Millis{0});
    papers_.keep_reach(reach_);
    pass_heartbeat();
}

// After the entries that it speaks of.
void Courier::pass_heartbeat() {
    if (!heartbeat_.empty()) broker_.send(wire::HeartbeatCame{std::exchange(heartbeat_, {})});
}

// However often anybody says that there are some: one look at a time, and one more for what was said meanwhile.
void Courier::look_at_denials() {
    if (!server_.is_up()) return;
    if (denials_ != Fetching::no) {
        denials_ = Fetching::again;
        return;
    }
    denials_ = Fetching::yes;
    fetch_denials({}, {});
}

void Courier::fetch_denials(Bytes after_hash, Bytes after_terminal) {
    Arguments arguments;
    if (after_hash.empty())
        arguments.null_bytes().null_bytes();
    else
        arguments.bytes(after_hash).bytes(after_terminal);
    server_.call("SELECT hash, terminal, signed FROM fleet.denials_waiting($1, $2, $3)",
                 std::move(arguments.number(kPage)), [this](Result<Rows> rows) {
                     if (!rows) return down_after(rows.error());
                     for (int i = 0; i < rows->size(); ++i) broker_.send(wire::DenialHeard{copy(rows->bytes(i, 2))});
                     if (rows->size() == kPage)
                         return fetch_denials(copy(rows->bytes(kPage - 1, 0)), copy(rows->bytes(kPage - 1, 1)));
                     if (std::exchange(denials_, Fetching::no) == Fetching::again) look_at_denials();
                 });
}

void Courier::fetch_keys() {
    if (!server_.is_up()) return;
    server_.call("SELECT wrapped FROM fleet.group_keys_of_mine()", {}, [this](Result<Rows> rows) {
        if (!rows) return down_after(rows.error());
        for (int i = 0; i < rows->size(); ++i) broker_.send(wire::GroupKeyCame{copy(rows->bytes(i, 0))});
    });
}

// With a role come the keys of more groups, and all that there is of their people.
void Courier::look_at_reach() {
    if (!server_.is_up()) return;
    server_.call("SELECT groups FROM fleet.hello($1)", Arguments().text(kBuild), [this](Result<Rows> rows) {
        if (!rows) return down_after(rows.error());
        Bytes reach = copy(rows->bytes(0, 0));
        if (reach == reach_) return;
        next_reach_ = std::move(reach);
        want(Millis{0});
    });
}

void Courier::fetch_refusals() {
    if (!server_.is_up()) return;
    server_.call("SELECT hash FROM fleet.refusals_of_mine()", {}, [this](Result<Rows> rows) {
        if (!rows) return;
        for (int i = 0; i < rows->size(); ++i)
            if (const auto hash = rows->fixed<32>(i, 0))
                broker_.send(wire::SubmitDone{*hash, wire::SubmitOutcome::refused, "the sequencer will not place it"});
    });
}

void Courier::watch_acks() {
    if (!server_.is_up() || watches_.empty()) return;
    acks_due_ = loop_.after(kLookAtAcks, [this] { watch_acks(); });
    // The last round is still under way, or the broker has not read it. Whatever else is: an import goes on for
    // minutes.
    if (asked_ > 0 || broker_.backlog() > 0) return;
    asked_ = watches_.size();
    for (const auto& [hash, watch] : watches_)
        server_.call("SELECT no, signed FROM fleet.acks_of($1, $2, $3)",
                     Arguments().bytes(hash).number(std::max<std::int64_t>(watch.after - kOverlap, 0)).number(kAckPage),
                     [this, hash = hash](Result<Rows> rows) {
                         --asked_;
                         const auto at = watches_.find(hash);
                         if (!rows || at == watches_.end()) return;
                         for (int i = 0; i < rows->size(); ++i) {
                             const std::int64_t number = rows->number(i, 0).value_or(0);
                             if (!at->second.seen.insert(number).second) continue;
                             at->second.after = std::max(at->second.after, number);
                             broker_.send(wire::AckCame{copy(rows->bytes(i, 1))});
                         }
                     });
}

}  // namespace sekimori::fleet
