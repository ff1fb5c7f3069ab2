// SPDX-License-Identifier: Apache-2.0
#include "daemon/session/sessions.hpp"

#include <algorithm>
#include <tuple>

#include "event/log.hpp"

namespace sekimori::daemon {

using namespace session;
// The transaction has its own.
namespace action = session::action;
namespace event = session::event;

namespace {

template <class S>
bool is(const TrackedSession& tracked) {
    return std::holds_alternative<S>(tracked.state);
}

constexpr Millis kAskAgain{500};

// What a restarted broker must know.
bool was_locked(const TrackedSession& tracked) { return is<Locked>(tracked) || is<Locking>(tracked); }

}  // namespace

Sessions::Sessions(Broker& broker, LockClient& lockd)
    : broker_(broker), lockd_(lockd), file_(broker.config.state_dir, broker.clock.now().boot_id) {
    lockd_.listen(this);
    broker_.cards.add(this);
}

Sessions::~Sessions() {
    broker_.cards.remove(this);
    lockd_.listen(nullptr);
}

SessionPolicy Sessions::policy() const {
    SessionPolicy policy = broker_.policy.session;
    policy.whole = broker_.config.limits.lock;
    policy.challenge = broker_.config.limits.challenge;
    return policy;
}

Sessions::One* Sessions::find(const std::string& id) {
    const auto at =
        std::find_if(sessions_.begin(), sessions_.end(), [&](const One& one) { return one.bound.id == id; });
    return at == sessions_.end() || at->tracked.gone() ? nullptr : &*at;
}

// ---- what the rest of the broker says

void Sessions::restore() {
    const auto stored = file_.read();
    if (!stored) {
        // Which sessions there are is not known; lockd, which is told of none of them, locks those that it watches.
        return log_error("{}: sessions that were open are locked", stored.error().message);
    }
    if (stored->empty()) (void)file_.write({});  // another boot's list
    for (const StoredSession& old : *stored) {
        One& one = sessions_.emplace_back();
        one.bound = old.bound;
        one.tracked = {old.bound.person, old.bound.card, old.presence, old.surface, old.sharing,
                       CardIs::away,     kNever,         Active{},     old.fallback};
        (void)broker_.grants.bind(old.bound);
        adopt(one, sekimori::restore(policy(), one.tracked, old.locked, boottime()));
        watch_end(one);
        log_info("session {} of {} must prove its card again", old.bound.id, old.bound.account);
        if (!still_good(old.bound)) feed(one, event::Denied{});
    }
}

bool Sessions::can_open() const { return broker_.config.lockd == LockdRule::absent || lockd_.up(); }

Reason Sessions::may_open(const BoundSession& bound, const GrantRecord& grant) const {
    if (broker_.config.lockd == LockdRule::absent) return Reason::granted;
    if (!lockd_.up()) return Reason::no_lockd;
    const bool shared = broker_.store.persons_of_account(bound.account).size() > 1;
    if (grant.hold.by == HeldBy::card && grant.presence == Presence::hold && !broker_.cards.is_present(grant.visit))
        return Reason::card_removed;
    for (const One& other : sessions_)
        if (shared && !other.tracked.gone() && other.bound.account == bound.account && other.bound.id != bound.id)
            return Reason::busy;
    return Reason::granted;
}

Reason Sessions::open(BoundSession bound, const GrantRecord& grant) {
    if (const Reason reason = may_open(bound, grant); reason != Reason::granted) return reason;
    if (broker_.config.lockd == LockdRule::absent) return Reason::granted;
    const bool shared = broker_.store.persons_of_account(bound.account).size() > 1;
    const auto fallback = fallback_of(grant.hold);
    std::erase_if(sessions_, [&](const One& old) { return old.bound.id == bound.id; });
    One& one = sessions_.emplace_back();
    one.bound = std::move(bound);
    // Until lockd has said what can lock it, nothing can: it would end.
    one.tracked = {one.bound.person,
                   one.bound.card,
                   grant.presence,
                   Surface::none,
                   shared ? Sharing::shared : Sharing::personal,
                   fallback ? CardIs::away : CardIs::here,
                   kNever,
                   Active{},
                   fallback};
    if (!fallback) one.visit = grant.visit;
    if (auto saved = save(); !saved) {
        log_error("session {} is refused: {}", one.bound.id, saved.error().message);
        sessions_.pop_back();
        return Reason::record_failed;
    }
    watch(one);
    watch_end(one);
    return Reason::granted;
}

// nullptr: nothing of ours is locked, and there is nothing to say against it.
tl::expected<Sessions::One*, Reason> Sessions::to_unlock(const std::string& account, const std::string& session,
                                                         const PersonId& person) {
    std::vector<One*> of_account;
    for (One& one : sessions_)
        if (one.bound.account == account && !one.tracked.gone()) of_account.push_back(&one);
    if (of_account.empty()) return nullptr;
    const auto named =
        std::find_if(of_account.begin(), of_account.end(), [&](const One* one) { return one->bound.id == session; });
    // A locker under the user's manager has no session of its own: then the account must have one only.
    if (named == of_account.end() && of_account.size() > 1) return tl::unexpected<Reason>(Reason::not_permitted);
    One* one = named == of_account.end() ? of_account.front() : *named;
    if (is<Ending>(one->tracked)) return tl::unexpected<Reason>(Reason::not_permitted);
    if (one->tracked.person == person) return one;
    if (one->tracked.sharing != Sharing::shared) return tl::unexpected<Reason>(Reason::card_not_yours);
    // Whoever sits there now goes on with it; another operator takes over a locked session only.
    if (!is<Locked>(one->tracked)) return tl::unexpected<Reason>(Reason::not_permitted);
    return one;
}

Reason Sessions::may_unlock(const std::string& account, const std::string& session, const PersonId& person) {
    const auto one = to_unlock(account, session, person);
    return one ? Reason::granted : one.error();
}

Reason Sessions::unlock(const std::string& account, const std::string& session, const Unlocker& by) {
    const auto found = to_unlock(account, session, by.person);
    if (!found) return found.error();
    if (*found == nullptr) return Reason::granted;
    One& one = **found;
    const auto fallback = fallback_of(by.hold);
    // An open session stays what it was: unlocking it with a code makes no card's session out of it, nor the reverse.
    const bool open = is<Active>(one.tracked) || is<Swapping>(one.tracked);
    const auto before = std::pair(one.visit, one.bound.hold);
    if (!open) {
        one.visit = fallback ? std::nullopt : std::optional(by.visit);
        one.bound.hold = by.hold;
    }
    feed(one, event::Unlocked{by.person, by.card, fallback});
    if (one.tracked.person != by.person) {  // the machine did not take it
        std::tie(one.visit, one.bound.hold) = before;
        return Reason::not_permitted;
    }
    broker_.grants.rebind(one.bound.id, one.bound.person, one.bound.card, one.bound.hold);
    watch_end(one);
    if (auto saved = save(); !saved) log_error("{}", saved.error().message);
    return Reason::granted;
}

std::optional<Swap> Sessions::swap(const std::string& account, const std::string& target) {
    if (broker_.cards.readers().size() != 1) return std::nullopt;
    for (One& one : sessions_) {
        if (one.bound.account != account || !is<Active>(one.tracked) || !one.visit ||
            one.tracked.presence == Presence::tap)
            continue;
        const auto persons = broker_.store.persons_of_account(target);
        const auto mine = [&](const PersonRecord& person) { return person.id == one.tracked.person; };
        if (std::any_of(persons.begin(), persons.end(), mine)) continue;  // their own card will do
        feed(one, event::SwapBegun{});
        const auto end = [this, id = one.bound.id](void*) {
            if (One* there = find(id)) feed(*there, event::SwapEnded{});
        };
        return Swap{*one.visit, policy().swap_back, std::shared_ptr<void>(this, end)};
    }
    return std::nullopt;
}

std::vector<std::string> Sessions::denied(const std::optional<PersonId>& person, const std::optional<CardId>& card) {
    std::vector<std::string> ended;
    for (One& one : sessions_) {
        if ((!person || one.tracked.person != *person) && (!card || one.tracked.card != *card)) continue;
        if (!one.tracked.gone()) ended.push_back(one.bound.id);
        feed(one, event::Denied{});
    }
    return ended;
}

void Sessions::withdrawn(const StatementId& statement) {
    for (One& one : sessions_)
        if (one.bound.hold.by != HeldBy::card && one.bound.hold.statement == statement) feed(one, event::Denied{});
}

bool Sessions::ending() const {
    return std::any_of(sessions_.begin(), sessions_.end(), [](const One& one) { return is<Ending>(one.tracked); });
}

std::shared_ptr<void> Sessions::when_ended(Millis bound, std::function<void()> done) {
    auto wait = std::make_shared<Wait>();
    wait->done = std::move(done);
    // By a weak reference: what waits may be dropped by what it calls.
    wait->timer = after(ending() ? bound : Millis{0}, [weak = std::weak_ptr(wait)] {
        if (const auto held = weak.lock()) held->done();
    });
    waits_.push_back(wait);
    return wait;
}

void Sessions::wake() {
    std::erase_if(waits_, [](const std::weak_ptr<Wait>& wait) { return wait.expired(); });
    if (ending()) return;
    for (const auto& weak : std::exchange(waits_, {}))
        if (const auto wait = weak.lock())
            wait->timer = soon([held = std::weak_ptr(wait)] {
                if (const auto there = held.lock()) there->done();
            });
}

std::vector<Sessions::Listed> Sessions::list() const {
    std::vector<Listed> list;
    for (const One& one : sessions_)
        if (!one.tracked.gone()) list.push_back({one.bound, name_of(one.tracked.state)});
    return list;
}

// ---- cards

void Sessions::card_inserted(const CardVisit& visit) {
    for (One& one : sessions_) challenge(one, visit);
}

void Sessions::card_removed(const CardVisit& visit) {
    for (One& one : sessions_) {
        if (one.round && one.round->visit() == visit) one.round.reset();
        if (one.visit != visit) continue;
        one.visit.reset();
        // A worker that is gone takes its cards with it: that is not knowing, and not a removal.
        if (broker_.cards.up())
            feed(one, event::CardAbsent{});
        else
            feed(one, event::PresenceUnknown{});
    }
}

void Sessions::machine_slept() {
    for (One& one : sessions_) {
        one.visit.reset();
        watch_end(one);
        feed(one, event::PresenceUnknown{});
    }
    challenge_all();
}

void Sessions::challenge_all() {
    for (const CardVisit& visit : broker_.cards.present()) card_inserted(visit);
}

// Asked only where the answer changes something. A locked session is opened by its locker's transaction, which asks the
// card by itself: it is not to wait for us.
void Sessions::challenge(One& one, const CardVisit& visit) {
    // A card that is shown to a transaction is not one that is shown to lock.
    const bool tap = one.tracked.presence == Presence::tap && is<Active>(one.tracked) && broker_.flows.empty();
    if (!tap && !is<Grace>(one.tracked) && !is<Swapping>(one.tracked)) return;
    const auto card = broker_.store.card(one.tracked.card);
    if (!card || card->state != CardState::active || one.visit == visit) return;
    one.round = std::make_unique<PresenceRound>(
        broker_, visit, *card, one.bound.account, [this, id = one.bound.id, visit](Answered answered) {
            One* there = find(id);
            if (there == nullptr) return;
            // A worker that has just come back may not serve yet: asked again within the grace, and no longer.
            const bool again = answered == Answered::no && is<Grace>(there->tracked);
            there->drop_round = after(again ? kAskAgain : Millis{0}, [this, id, visit] {
                One* still = find(id);
                if (still == nullptr) return;
                still->round.reset();
                if (is<Grace>(still->tracked) && broker_.cards.is_present(visit)) challenge(*still, visit);
            });
            if (answered == Answered::no || !broker_.cards.is_present(visit)) return;
            there->visit = visit;
            const bool tapped = there->tracked.presence == Presence::tap;
            feed(*there, tapped ? Event(event::Tapped{}) : Event(event::CardProved{}));
        });
}

// ---- lockd

void Sessions::lockd_up() {
    for (One& one : sessions_) watch(one);
    for (One& one : sessions_) feed(one, event::LockdBack{});
    if (changed_) changed_();
}
void Sessions::lockd_down() {
    for (One& one : sessions_) feed(one, event::LockdLost{});
}

void Sessions::watch(const One& one) {
    if (one.tracked.gone()) return;
    const SessionPolicy now = policy();
    (void)lockd_.watch(one.bound.id, now.whole, now.challenge);
}

void Sessions::session_facts(const wire::SessionFacts& facts) {
    One* one = find(facts.session);
    if (one == nullptr) return;
    if (facts.found == wire::Found::no) return feed(*one, event::Removed{Leftover::none});
    one->tracked.surface = facts.surface;
    if (facts.shown != Shown::nothing) feed(*one, event::Seen{facts.shown});
    if (auto saved = save(); !saved) log_error("{}", saved.error().message);
}

void Sessions::session_event(const std::string& id, const Event& event) {
    if (One* one = find(id)) feed(*one, event);
}

// ---- the machine

void Sessions::feed(One& one, const Event& event) {
    if (one.tracked.gone()) return;
    adopt(one, step(policy(), one.tracked, event, boottime()));
}

void Sessions::adopt(One& one, SessionStep step) {
    const PersonId before = one.tracked.person;
    const bool locked_before = was_locked(one.tracked);
    one.tracked = std::move(step.session);
    if (one.tracked.person != before || one.tracked.card != one.bound.card) {
        one.bound.person = one.tracked.person;
        one.bound.card = one.tracked.card;
        broker_.grants.rebind(one.bound.id, one.bound.person, one.bound.card, one.bound.hold);
    }
    for (const Action& action : step.actions) perform(one, action, before);
    const Millis due = one.tracked.deadline(policy());
    one.timer.reset();
    if (due != kNever)
        one.timer = after(std::max(due - boottime(), Millis{0}) + Millis{1}, [this, id = one.bound.id] {
            if (One* there = find(id)) feed(*there, event::Tick{});
        });
    const bool changed = before != one.tracked.person || locked_before != was_locked(one.tracked) || one.tracked.gone();
    if (changed)
        if (auto saved = save(); !saved) log_error("{}", saved.error().message);
    if (one.tracked.gone()) {
        broker_.grants.unbind_session(one.bound.id);
        sweep_ = soon([this] { sweep(); });
    }
    // Its card may lie there already.
    if (is<Grace>(one.tracked) && !one.round)
        for (const CardVisit& visit : broker_.cards.present()) challenge(one, visit);
    wake();
}

void Sessions::sweep() {
    std::erase_if(sessions_, [](const One& one) { return one.tracked.gone(); });
}

void Sessions::perform(One& one, const Action& action, const PersonId& before) {
    const std::string& id = one.bound.id;
    Status sent;
    if (std::holds_alternative<action::RequestLock>(action)) sent = lockd_.lock(id);
    if (std::holds_alternative<action::RequestTerminate>(action)) sent = lockd_.end(id, wire::EndScope::session);
    if (std::holds_alternative<action::RequestTerminateUser>(action)) sent = lockd_.end(id, wire::EndScope::user);
    if (std::holds_alternative<action::Alarm>(action))
        log_warning("a card was left behind at session {} of {}", id, one.bound.account);
    if (const auto* audit = std::get_if<action::Audit>(&action)) note(one, audit->note, before);
    if (!sent) log_error("session {}: {}", id, sent.error().message);  // asked again when lockd is back
}

void Sessions::note(const One& one, Note note, const PersonId& before) {
    AuditEvent event{name_of(note), one.bound.service, one.bound.seat, one.tracked.person,
                     std::nullopt,  std::nullopt,      true,           one.bound.id};
    if (one.tracked.card.valid()) event.card = one.tracked.card;
    if (before != one.tracked.person) event.subject = before;
    const bool trouble = note == Note::end_unlocked || note == Note::end_deadline || note == Note::end_unwatched ||
                         note == Note::card_left;
    if (trouble) event.success = false;
    if (const auto stored = broker_.store.append(event); !stored)
        log_error("{} could not be recorded: {}", name_of(note), stored.error().message);
}

Status Sessions::save() const {
    std::vector<StoredSession> stored;
    for (const One& one : sessions_)
        if (!one.tracked.gone())
            stored.push_back({one.bound, one.tracked.presence, one.tracked.sharing, one.tracked.surface,
                              was_locked(one.tracked) ? WasLocked::yes : WasLocked::no, one.tracked.fallback});
    return file_.write(stored);
}

}  // namespace sekimori::daemon
