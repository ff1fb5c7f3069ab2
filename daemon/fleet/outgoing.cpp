// SPDX-License-Identifier: Apache-2.0
// What goes to the server: statements, acknowledgements, the trail. Kept in the store until it arrived; a few at a
// time, so that an agent that does not read holds up nothing.
#include <algorithm>

#include "daemon/fleet/fleet.hpp"
#include "event/log.hpp"

namespace sekimori::daemon {
namespace {

constexpr std::size_t kStatements = 8;  // each up to 110 kB with its blob and keys
constexpr std::size_t kDenials = 8;     // and so many beside them
constexpr std::size_t kAcks = 256;
constexpr std::uint64_t kRows = 128;

}  // namespace

void Fleet::pump_soon() {
    if (!pump_) pump_ = soon([this] { pump(); });
}

void Fleet::pump() {
    pump_.reset();
    if (store() == nullptr || !agent_.up() || link_.state == wire::LinkIs::down || mine_ == Mine::revoked) return;
    pump_statements();
    pump_acknowledgements();
    pump_trail();
}

// Denials first, and they wait for no answer about a grant: somebody may have lost a card.
void Fleet::pump_statements() {
    const auto waiting = store()->waiting();
    for (const bool denial : {true, false})
        for (const FleetStore::Waiting& one : waiting) {
            if (denies(one.type) != denial || offered_.contains(one.hash)) continue;
            if (under_way_.size() >= kStatements + (denial ? kDenials : 0)) return;
            offered_.insert(one.hash);
            if (submit(one.hash)) under_way_.insert(one.hash);
        }
}

bool Fleet::submit(const Hash& hash) {
    auto out = store()->outgoing(hash);
    if (!out) {
        log_error("fleet: a statement can't be sent: {}", out.error().message);
        return false;
    }
    if (out->blob &&
        !agent_.post(wire::SubmitBlob{out->blob->first, out->person, out->groups, std::move(out->blob->second)}))
        return false;
    for (FleetStore::WrappedKey& key : out->keys)
        if (!agent_.post(wire::SubmitPersonKey{out->person, key.group, key.generation, std::move(key.sealed)}))
            return false;
    return agent_.post(wire::Submit{hash, std::move(out->statement)}).has_value();
}

void Fleet::on_submitted(const wire::SubmitDone& done) {
    if (!offered_.contains(done.statement)) return;
    under_way_.erase(done.statement);
    const bool stored = done.outcome == wire::SubmitOutcome::stored;
    if (auto kept =
            store()->submitted(done.statement, stored ? FleetStore::Submitted::stored : FleetStore::Submitted::refused);
        !kept)
        complain("what the server took could not be noted: " + kept.error().message);
    if (!stored) {
        complain("a statement was refused: " + done.why);
        tell_placed(done.statement, fail(ErrorCode::refused, "the authority will not place it: " + done.why));
    }
    pump_soon();
}

void Fleet::pump_acknowledgements() {
    const auto kept = store()->acknowledgements();
    if (!kept) return complain("acknowledgements can't be read: " + kept.error().message);
    for (const FleetStore::KeptAck& one : *kept) {
        if (acks_sent_.size() >= kAcks) return;
        if (one.record.empty() || !acks_sent_.insert(one.denial).second) continue;
        if (!agent_.post(wire::Acknowledge{one.denial, one.record})) return;
    }
}

void Fleet::on_ack_stored(const wire::AckStored& stored) {
    if (acks_sent_.erase(stored.statement) == 0) return;
    if (auto kept = store()->acknowledged(stored.statement); !kept)
        complain("an acknowledgement could not be struck off: " + kept.error().message);
    pump_soon();
}

// ---- the trail

void Fleet::pump_trail() {
    if (!trail_stored_) return;
    const std::uint64_t most = *trail_stored_ + kRows;
    if (trail_sent_ < most) {
        const auto rows = store()->trail_after(trail_sent_, static_cast<std::size_t>(most - trail_sent_));
        if (!rows) return complain("the trail can't be read: " + rows.error().message);
        for (const FleetStore::TrailRow& row : *rows) {
            if (!agent_.post(wire::TrailRow{row.seq, row.row, row.signature})) return;
            trail_sent_ = row.seq;
        }
    }
    auto head = store()->trail_head();
    if (!head) return complain("the trail's head can't be signed: " + head.error().message);
    if (head->seq <= head_sent_) return;
    if (agent_.post(wire::TrailHeadSigned{head->seq, std::move(head->record)})) head_sent_ = head->seq;
}

void Fleet::on_trail_stored(const wire::TrailStored& stored) {
    if (!stored.head.empty()) {
        const auto same = store()->check_trail(stored.head);
        if (!same && same.error().code == ErrorCode::corrupt)
            note(Trouble::old_trail, same.error().message);
        else if (!same)
            complain("a head of the trail is not this terminal's: " + same.error().message);
    }
    // The first after the link is up says where to go on.
    if (!trail_stored_) {
        trail_sent_ = stored.seq;
        head_sent_ = 0;
    }
    trail_stored_ = std::max(trail_stored_.value_or(0), stored.seq);
    pump_soon();
}

// ---- who waits for an entry

// Anew with each that was placed: an import goes on for as long as it does.
void Fleet::be_patient(const std::shared_ptr<PlacedWait>& wait) {
    wait->timer = after(wait->patience, [weak = std::weak_ptr(wait)] {
        if (const auto held = weak.lock())
            held->done(fail(ErrorCode::timeout, "the authority has not placed it yet: it takes effect when it does"));
    });
}

std::shared_ptr<void> Fleet::when_placed(const std::vector<Hash>& statements, Millis patience,
                                         std::function<void(Status)> done) {
    auto wait = std::make_shared<PlacedWait>();
    wait->left = {statements.begin(), statements.end()};
    wait->patience = patience;
    wait->done = std::move(done);
    be_patient(wait);
    std::erase_if(placed_waits_, [](const std::weak_ptr<PlacedWait>& one) { return one.expired(); });
    placed_waits_.push_back(wait);
    return wait;
}

void Fleet::tell_placed(const Hash& hash, const Status& outcome) {
    for (const auto& weak : std::list(placed_waits_)) {
        const auto wait = weak.lock();
        if (!wait || wait->left.erase(hash) == 0) continue;
        if (outcome && !wait->left.empty()) {
            be_patient(wait);
            continue;
        }
        wait->timer = soon([held = std::weak_ptr(wait), outcome] {
            if (const auto there = held.lock()) there->done(outcome);
        });
    }
}

}  // namespace sekimori::daemon
