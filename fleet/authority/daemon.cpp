// SPDX-License-Identifier: Apache-2.0
#include "fleet/authority/daemon.hpp"

#include <poll.h>
#include <systemd/sd-daemon.h>

#include <algorithm>

#include "event/log.hpp"

namespace sekimori::fleet {
namespace {

constexpr Millis kBeat{10'000};
constexpr Millis kTidy{30'000};
constexpr Millis kLook{1000};  // however quiet it is: a notification is a courtesy
constexpr Millis kAgain{1000}, kAgainMost{15'000};
constexpr Millis kKeepClock = std::chrono::minutes{2};  // of the bound within which it may go back
constexpr std::int32_t kBatch = 500;

// The server's trouble passes, or somebody promotes another one; the rest needs a person.
bool passes(ErrorCode code) {
    return code == ErrorCode::gone || code == ErrorCode::unavailable || code == ErrorCode::timeout ||
           code == ErrorCode::busy || code == ErrorCode::full || code == ErrorCode::io;
}

}  // namespace

Result<Daemon> Daemon::make(const State& state, Clock& clock, int stop) {
    const auto identity = state.identity();
    if (!identity) return tl::unexpected<Error>(identity.error());
    auto target = state.target();
    if (!target) return tl::unexpected<Error>(target.error());
    const auto keys = state.sequencer_keys();
    if (!keys) return tl::unexpected<Error>(keys.error());
    auto signing = signing_keys(*keys);
    if (!signing) return tl::unexpected<Error>(signing.error());
    auto log = ChainLog::open(state.path("chain.log"));
    if (!log) return tl::unexpected<Error>(log.error());
    std::optional<ClockRecord> kept;
    if (const auto read = state.clock())
        kept = *read;
    else if (read.error().code != ErrorCode::not_found)
        return tl::unexpected<Error>(read.error());
    Root root{identity->ledger, identity->author, std::nullopt};
    auto chain = log->load(root);
    if (!chain) return tl::unexpected<Error>(chain.error());
    return Daemon(state, std::move(*target), identity->ledger, keys->instance, std::move(*log),
                  Sequencer(std::move(root), std::move(*signing), std::move(*chain)), clock, kept, stop);
}

bool Daemon::stopped(Millis limit) const {
    pollfd one{stop_, POLLIN, 0};
    return poll(&one, 1, static_cast<int>(limit.count())) > 0;
}

bool Daemon::may_sign(const Instant& now) {
    // A full disk is no reason to let every terminal grow too old.
    const auto keep = [&](const ClockRecord& record) {
        kept_ = record;
        if (const auto done = state_.keep(record); !done) log_error("{}", done.error().message);
    };
    if (!kept_) keep(first_record(Millis{static_cast<Millis::rep>(sequencer_.chain().head.time)}, now));
    ClockIs clock = judge(*kept_, now);
    // The word may have been said.
    if (clock != ClockIs::right)
        if (const auto read = state_.clock(); read && read->accepted != kept_->accepted) {
            kept_ = *read;
            clock = judge(*kept_, now);
        }
    if (clock != std::exchange(was_, clock)) {
        if (clock == ClockIs::right)
            log_info("this host's clock is right again");
        else
            log_error("{}: nothing is signed until it is right, or \"sekimori-authority clock accept\" says that it is",
                      describe(clock));
    }
    if (clock != ClockIs::right) return false;
    const ClockRecord next = went_on(*kept_, now);
    const bool due =
        next.boot != kept_->boot || next.right > kept_->right + static_cast<std::uint64_t>(kKeepClock.count());
    if (due) keep(next);
    return true;
}

Status Daemon::run() {
    (void)sd_notify(0, "READY=1");
    Millis again = kAgain;
    while (!stopped(Millis{0})) {
        auto server = Server::open(target_);
        Status done = server ? Status{} : tl::unexpected<Error>(server.error());
        if (done) {
            again = kAgain;
            log_info("connected to {}", server->session().host());
            done = serve(*server);
        }
        if (!done) {
            log_error("{}", done.error().message);
            if (!passes(done.error().code)) return done;
            if (stopped(again)) break;
            again = std::min(again * 2, kAgainMost);
        }
        (void)sd_notify(0, "WATCHDOG=1");
    }
    return {};
}

Status Daemon::reconcile(Server& server, const Server::Head& head) {
    const std::uint64_t ours = sequencer_.chain().head.seq;
    if (ours == 0 && head.seq == 0)
        return fail(ErrorCode::corrupt, "there is no chain, neither here nor on the server");
    if (head.seq > 0 && head.seq <= ours) {
        const auto entry = decode_tlv<SignedEntry>(head.entry);
        if (!entry || entry->hash() != sequencer_.chain().hashes[head.seq - 1])
            return fail(ErrorCode::corrupt,
                        "the server has another entry " + std::to_string(head.seq) + " than this authority signed");
    }
    // From a copy of this directory that is older than the server: signed by our keys, or it is refused.
    for (std::uint64_t at = ours; at < head.seq; at = sequencer_.chain().head.seq) {
        const auto links = server.chain_after(at, kBatch);
        if (!links) return tl::unexpected<Error>(links.error());
        if (links->empty()) return fail(ErrorCode::corrupt, "the server has less than it says");
        for (const Link& link : *links)
            if (auto taken = sequencer_.take(link); !taken) return taken;
        if (auto kept = log_.append(*links); !kept) return fail(ErrorCode::internal, kept.error().message);
    }
    if (head.seq < ours && head.seq > 0)
        log_error("the server has lost entries {} to {}; it gets them again", head.seq + 1, ours);
    for (std::uint64_t at = head.seq; at < ours;) {
        std::vector<Link> links;
        for (std::uint64_t seq = at + 1; seq <= ours && links.size() < static_cast<std::size_t>(kBatch); ++seq) {
            auto link = log_.at(seq);
            if (!link) return tl::unexpected<Error>(link.error());
            links.push_back(std::move(*link));
        }
        if (auto placed = server.place(at + 1, links, std::vector<std::int64_t>(links.size(), 0)); !placed)
            return placed;
        at += links.size();
    }
    return {};
}

// `rotate` writes the new key before it says so in a statement.
Status Daemon::renew_keys(const std::vector<Waiting>& waiting) {
    const bool rolls = std::ranges::any_of(waiting, [](const Waiting& row) {
        const auto sealed = decode_tlv<SignedStatement>(row.signed_statement);
        return sealed && sealed->type == StatementType::key_epoch;
    });
    if (!rolls) return {};
    const auto keys = state_.sequencer_keys();
    if (!keys) return fail(ErrorCode::internal, keys.error().message);
    auto signing = signing_keys(*keys);
    if (!signing) return fail(ErrorCode::internal, signing.error().message);
    sequencer_.use(std::move(*signing));
    return {};
}

Result<Daemon::More> Daemon::work(Server& server) {
    const auto waiting = server.inbox(kBatch);
    if (!waiting) return tl::unexpected<Error>(waiting.error());
    if (waiting->empty()) return More::no;
    if (auto done = renew_keys(*waiting); !done) return tl::unexpected<Error>(done.error());
    const Instant now = clock_.now();
    if (!may_sign(now)) return More::no;
    const std::uint64_t first = sequencer_.chain().head.seq + 1;
    const auto placed = sequencer_.place(*waiting, now.wall);
    // In memory the chain has gone on: what is not durable now must not be built upon.
    if (!placed) return fail(ErrorCode::internal, placed.error().message);
    if (auto kept = log_.append(placed->links); !kept) return fail(ErrorCode::internal, kept.error().message);
    Status done;
    if (!placed->links.empty()) done = server.place(first, placed->links, placed->numbers);
    if (done && !placed->supplements.empty()) done = server.supplement(placed->supplements);
    if (done && !placed->refused.empty()) {
        log_error("{} statements of the inbox are refused", placed->refused.size());
        done = server.refuse(placed->refused);
    }
    if (done && (!placed->destroyed_blobs.empty() || !placed->destroyed_persons.empty()))
        done = server.destroy(placed->destroyed_blobs, placed->destroyed_persons);
    if (!done) return tl::unexpected<Error>(done.error());
    return More::likely;  // a batch is as large as there is room for
}

Status Daemon::serve(Server& server) {
    const auto head = server.claim(ledger_, instance_);
    if (!head) return tl::unexpected<Error>(head.error());
    if (auto done = reconcile(server, *head); !done) return done;
    if (auto done = server.listen(); !done) return done;
    Millis beat_due{0}, tidy_due{0};
    while (!stopped(Millis{0})) {
        const Instant now = clock_.now();
        if (now.boottime >= beat_due) {
            if (may_sign(now)) {
                const auto beat = sequencer_.heartbeat(now.wall);
                if (!beat) return tl::unexpected<Error>(beat.error());
                if (auto done = server.beat(*beat); !done) return done;
            }
            beat_due = now.boottime + kBeat;
            (void)sd_notify(0, "WATCHDOG=1");
        }
        if (now.boottime >= tidy_due) {
            const auto ended = server.tidy();
            if (!ended) return tl::unexpected<Error>(ended.error());
            if (*ended > 0) log_info("{} connections were ended", *ended);
            tidy_due = now.boottime + kTidy;
        }
        const auto more = work(server);
        if (!more) return tl::unexpected<Error>(more.error());
        if (*more == More::likely) continue;
        if (auto done = server.session().wait(
                std::min(kLook,
                         beat_due - clock_.now().boottime > Millis{0} ? beat_due - clock_.now().boottime : Millis{0}),
                stop_);
            !done)
            return done;
    }
    return {};
}

}  // namespace sekimori::fleet
