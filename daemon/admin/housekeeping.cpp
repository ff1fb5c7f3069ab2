// SPDX-License-Identifier: Apache-2.0
#include "daemon/admin/housekeeping.hpp"

#include <algorithm>

#include "daemon/admin/roles.hpp"
#include "event/log.hpp"

namespace sekimori::daemon {
namespace {

constexpr Millis kBetweenRounds = std::chrono::hours{1};
// Between two steps: what came meanwhile goes first.
constexpr Millis kBreath{20};
constexpr Millis kBetweenCares = std::chrono::minutes{1};

}  // namespace

Housekeeping::Housekeeping(Broker& broker, std::function<void()> broken)
    : broker_(broker),
      broken_(std::move(broken)),
      next_(after(kBreath, [this] { round(); })),
      care_(after(kBetweenCares, [this] { care(); })) {}

void Housekeeping::care() {
    const auto cared = broker_.store.care_for_ledger(Keep::in_time);
    if (cared) {
        care_ = after(*cared == Care::more ? kBreath : kBetweenCares, [this] { care(); });
        return;
    }
    if (cared.error().code != ErrorCode::corrupt) {
        log_error("what is kept of the ledger for the next start: {}", cared.error().message);
        care_ = after(kBetweenRounds, [this] { care(); });
        return;
    }
    log_error("the ledger on disk was changed by somebody else: {}", cared.error().message);
    broken_();
}

void Housekeeping::round() {
    leavers_.clear();
    // A fleet's other terminals let them in no more than this one does, and hear of the removal.
    if (broker_.store.may_remove_people())
        for (const PersonRecord& person : broker_.store.persons())
            if (person.state == PersonState::left) leavers_.push_back(person.id);
    step();
}

// Whose last day is over: nothing has opened since then; now cards, fingers and names go as well.
void Housekeeping::offboard(const PersonId& person) {
    const auto record = broker_.store.person(person);
    if (!record || record->state != PersonState::left) return;  // somebody else was at work meanwhile
    if (const auto last = last_of_administrators(broker_.store, *record)) {
        // Closed out by the calendar all the same; but who could ever make another one?
        log_error("somebody who left is one of the last two administrators and is not removed: {}", last->message);
        return;
    }
    const auto removed = broker_.store.remove_person(person, {std::nullopt, "calendar"});
    broker_.denied(person, std::nullopt);
    AuditEvent event;
    event.what = "person.remove";
    event.where = "calendar";
    event.subject = person;
    event.success = removed.has_value();
    event.reason = removed ? "left" : name_of(removed.error().code);
    if (!removed) log_error("somebody who left cannot be removed yet: {}", removed.error().message);
    if (const auto stored = broker_.store.append(event); !stored)
        log_error("a removal could not be recorded: {}", stored.error().message);
}

// An hour, or less where somebody's last day ends before.
Millis Housekeeping::until_next() const {
    const Millis wall = broker_.clock.now().wall;
    Millis wait = kBetweenRounds;
    for (const PersonRecord& person : broker_.store.persons())
        if (person.details && person.details->leaves_at > wall)
            wait = std::min(wait, person.details->leaves_at - wall + kBreath);
    return wait;
}

void Housekeeping::step() {
    if (!leavers_.empty()) {
        const PersonId person = leavers_.back();
        leavers_.pop_back();
        offboard(person);
        next_ = after(kBreath, [this] { step(); });
        return;
    }
    const Millis keep = std::chrono::hours{24} * 366 * broker_.config.keep_years;
    const auto care = broker_.store.care_for_audit(keep);
    if (!care) log_error("the audit trail's retention: {}", care.error().message);
    const bool more = care && *care == Care::more;
    next_ = more ? after(kBreath, [this] { step(); }) : after(until_next(), [this] { round(); });
}

}  // namespace sekimori::daemon
