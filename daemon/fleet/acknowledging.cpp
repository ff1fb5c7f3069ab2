// SPDX-License-Identifier: Apache-2.0
// Acknowledgements: ours, once a denial is on disk and what it ends has ended; and those of others, for receipts.
#include <algorithm>

#include "daemon/fleet/fleet.hpp"
#include "daemon/session/sessions.hpp"
#include "event/log.hpp"

namespace sekimori::daemon {
namespace {

constexpr Millis kEndLimit = std::chrono::seconds{30};
constexpr Millis kLookAgain{1000};
constexpr std::size_t kMostKnown = 65'536;
constexpr std::size_t kMostReceipts = 256;

bool any_open(const Sessions* sessions, const std::vector<std::string>& ids) {
    if (sessions == nullptr || ids.empty()) return false;
    const auto list = sessions->list();
    return std::ranges::any_of(ids, [&](const std::string& id) {
        return std::ranges::any_of(list, [&](const auto& session) { return session.bound.id == id; });
    });
}

}  // namespace

void Fleet::denied_here(const std::vector<std::string>& sessions) {
    FleetStore* const fleet = store();
    if (fleet == nullptr) return;
    for (const FleetStore::Waiting& one : fleet->waiting()) {
        if (!denies(one.type) || acknowledged_.contains(one.hash) || receipts_.contains(one.hash)) continue;
        acknowledge(one.hash, {AckOutcome::refused, sessions, {}});
    }
}

void Fleet::acknowledge(const Hash& hash, Effect effect) {
    if (acknowledged_.contains(hash)) return;
    const auto denial = store()->denial(hash);
    if (!denial) return complain("a denial that is not here can't be acknowledged");
    remember(hash, *denial, Since::now);
    if (const auto kept = receipts_.find(hash); kept != receipts_.end() && effect.placed)
        kept->second.receipt.placed = effect.placed;
    const auto [at, fresh] = applying_.try_emplace(hash, Applying{effect.outcome, {}, nullptr});
    if (fresh || !effect.sessions.empty())
        at->second.sessions.insert(at->second.sessions.end(), effect.sessions.begin(), effect.sessions.end());
    go_on(hash);
}

void Fleet::go_on(const Hash& hash) {
    const auto at = applying_.find(hash);
    FleetStore* const fleet = store();
    if (at == applying_.end() || fleet == nullptr) return;
    if (mine_ == Mine::revoked) return (void)applying_.erase(at);  // nobody takes its word any more
    if (!fleet->durable(hash)) return;                             // every minute anew
    Applying& applying = at->second;
    // What does not end is not said to have ended, however long it takes.
    if (any_open(broker_.sessions, applying.sessions)) {
        applying.wait = broker_.sessions->when_ended(kEndLimit, [this, hash] {
            const auto still = applying_.find(hash);
            if (still == applying_.end()) return;
            const bool slow = any_open(broker_.sessions, still->second.sessions);
            still->second.wait =
                std::make_shared<Source>(after(slow ? kLookAgain : Millis{0}, [this, hash] { go_on(hash); }));
        });
        return;
    }
    const std::size_t ended = applying.sessions.size();
    const auto record = fleet->acknowledge(hash, ended > 0 ? AckOutcome::sessions_ended : applying.outcome,
                                           static_cast<std::uint16_t>(std::min<std::size_t>(ended, 65'535)));
    if (!record) return complain("an acknowledgement could not be kept: " + record.error().message);
    applying_.erase(at);
    if (acknowledged_.size() >= kMostKnown) acknowledged_.clear();
    acknowledged_.insert(hash);
    if (const auto ack = fleet->open_ack(*record)) add_to_receipt(*ack);
    pump_soon();
}

void Fleet::go_on_all() {
    std::vector<Hash> all;
    for (const auto& [hash, one] : applying_)
        if (one.wait == nullptr) all.push_back(hash);
    for (const Hash& hash : all) go_on(hash);
}

// Denials whose entries were on disk when the broker before this one ended.
void Fleet::owed() {
    const auto kept = store()->acknowledgements();
    if (!kept) return log_error("fleet: acknowledgements can't be read: {}", kept.error().message);
    for (const FleetStore::KeptAck& one : *kept) {
        if (!one.record.empty()) continue;
        if (const auto denial = store()->denial(one.denial)) {
            remember(one.denial, *denial, Since::before);
            acknowledge(one.denial, apply(*denial));
        }
    }
}

// ---- receipts

void Fleet::remember(const Hash& hash, const Statement& denial, Since since) {
    if (receipts_.contains(hash)) return;
    if (receipts_order_.size() >= kMostReceipts) {
        const auto oldest =
            std::ranges::find_if(receipts_order_, [&](const Hash& one) { return !watched_.contains(one); });
        if (oldest == receipts_order_.end()) return;
        receipts_.erase(*oldest);
        receipts_order_.erase(oldest);
    }
    Kept kept;
    kept.subject = denial.subject;
    if (since == Since::now) kept.receipt.begun = broker_.clock.now().boottime;
    Receipt& receipt = receipts_.emplace(hash, std::move(kept)).first->second.receipt;
    receipts_order_.push_back(hash);
    if (since == Since::now) return;
    // This terminal's own word is here until the server has it.
    const auto ours = store()->acknowledgements();
    if (!ours) return complain("acknowledgements can't be read: " + ours.error().message);
    for (const FleetStore::KeptAck& one : *ours)
        if (one.denial == hash && !one.record.empty())
            if (const auto ack = store()->open_ack(one.record)) receipt.add(*ack, broker_.clock.now().boottime);
}

void Fleet::on_ack(const wire::AckCame& came) {
    const auto ack = store()->open_ack(came.record);
    if (!ack) return complain("an acknowledgement is nobody's: " + ack.error().message);
    add_to_receipt(*ack);
}

void Fleet::add_to_receipt(const Acknowledgement& ack) {
    const auto at = receipts_.find(ack.statement);
    if (at == receipts_.end()) return;
    at->second.receipt.add(ack, broker_.clock.now().boottime);
    for (const auto& weak : std::list(watches_))
        if (const auto watch = weak.lock();
            watch && std::ranges::find(watch->denials, ack.statement) != watch->denials.end())
            watch->more();
}

std::vector<Hash> Fleet::denials_of(ByteSpan subject) {
    const auto remembered = [&] {
        std::vector<Hash> found;
        for (const auto& [hash, kept] : receipts_)
            if (std::ranges::equal(kept.subject, subject)) found.push_back(hash);
        return found;
    };
    if (auto found = remembered(); !found.empty()) return found;
    const auto denials = store()->denials_of(subject);
    if (!denials) {
        complain("a receipt can't be shown again: " + denials.error().message);
        return {};
    }
    for (const FleetStore::Denying& one : *denials) {
        remember(one.hash, one.statement, Since::before);
        if (const auto at = receipts_.find(one.hash); at != receipts_.end()) at->second.receipt.placed = one.placed;
    }
    return remembered();
}

ReceiptState Fleet::receipt(const std::vector<Hash>& denials) const {
    std::vector<const Receipt*> receipts;
    for (const Hash& hash : denials)
        if (const auto at = receipts_.find(hash); at != receipts_.end()) receipts.push_back(&at->second.receipt);
    if (receipts.empty() || broker_.store.fleet() == nullptr) return {};
    const FleetStore& fleet = *broker_.store.fleet();
    return state_of(receipts, fleet.fleet_view(), fleet.offline_rules());
}

void Fleet::watch_on_server(const Hash& hash, wire::Watching watching) {
    if (agent_.up()) (void)agent_.post(wire::WatchAcks{hash, watching});
}

std::shared_ptr<void> Fleet::watch(std::vector<Hash> denials, std::function<void()> more) {
    constexpr std::size_t kMostWatched = 48;  // of the agent's 64
    std::erase_if(denials, [&](const Hash& hash) {
        return !receipts_.contains(hash) || (!watched_.contains(hash) && watched_.size() >= kMostWatched);
    });
    for (const Hash& hash : denials)
        if (watched_[hash]++ == 0) watch_on_server(hash, wire::Watching::start);
    const auto end = [this](Watch* watch) {
        for (const Hash& hash : watch->denials)
            if (--watched_[hash] == 0) {
                watched_.erase(hash);
                watch_on_server(hash, wire::Watching::stop);
            }
        delete watch;
    };
    const std::shared_ptr<Watch> watch(new Watch{std::move(denials), std::move(more)}, end);
    std::erase_if(watches_, [](const std::weak_ptr<Watch>& one) { return one.expired(); });
    watches_.push_back(watch);
    return watch;
}

}  // namespace sekimori::daemon
