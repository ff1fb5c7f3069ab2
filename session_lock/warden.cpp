// SPDX-License-Identifier: Apache-2.0
#include "session_lock/warden.hpp"

#include <algorithm>
#include <array>

#include "event/log.hpp"

namespace sekimori::lockd {
namespace {

constexpr std::size_t kMaxWatched = 256;
// A hint may come before its locker is up: it is looked for again, a few times within the lock's own deadline.
constexpr Millis kAskAgain{250};  // logind, while it does not answer
constexpr std::array kLookAgain{Millis{25}, Millis{50}, Millis{100}, Millis{200}, Millis{400}};

}  // namespace

// ---- from the broker

Status Warden::handle(wire::MessageType type, ByteSpan bytes) {
    using M = wire::MessageType;
    struct Row {
        M type;
        Status (Warden::*handler)(ByteSpan);
    };
    static constexpr std::array kTable{Row{M::watch_session, &Warden::watch}, Row{M::lock_session, &Warden::lock},
                                       Row{M::end_session, &Warden::end}, Row{M::forget_session, &Warden::forget}};
    for (const Row& row : kTable)
        if (row.type == type) return (this->*row.handler)(bytes);
    return fail(ErrorCode::malformed, "not a message for lockd");
}

Warden::Ref Warden::find(const std::string& id) const {
    const auto at = std::find_if(watched_.begin(), watched_.end(), [&](const Ref& w) { return w->view.id == id; });
    return at == watched_.end() ? nullptr : *at;
}

Warden::Ref Warden::add(const std::string& id) {
    // The callback needs the object that holds it: by a weak reference that is set right after.
    auto slot = std::make_shared<Weak>();
    auto made = std::make_shared<Watched>(
        loop_, lockers_,
        [this, slot] {
            if (const Ref watched = slot->lock()) locker_gone(watched);
        },
        cgroups_);
    *slot = made;
    made->view.id = id;
    watched_.push_back(made);
    return made;
}

Status Warden::watch(ByteSpan bytes) {
    const auto message = wire::decode<wire::WatchSession>(bytes);
    if (!message) return tl::unexpected<Error>(message.error());
    Ref watched = find(message->session);
    if (!watched) {
        if (watched_.size() >= kMaxWatched) return fail(ErrorCode::too_large, "too many sessions");
        watched = add(message->session);
    }
    watched->policy.whole = Millis{message->whole_ms};
    watched->policy.challenge = Millis{message->alone_ms};
    watched->facts = Facts::wanted;
    // The broker has it again, unless its end has begun.
    if (watched->own && !std::holds_alternative<session::Ending>(watched->own->state)) {
        watched->own.reset();
        watched->timer.reset();
    }
    look(watched);
    return {};
}

Status Warden::lock(ByteSpan bytes) {
    const auto message = wire::decode<wire::LockSession>(bytes);
    if (!message) return tl::unexpected<Error>(message.error());
    if (const Ref watched = find(message->session)) watched->asked = Asked::lock;
    logind_->lock(message->session);
    return {};
}

Status Warden::end(ByteSpan bytes) {
    const auto message = wire::decode<wire::EndSession>(bytes);
    if (!message) return tl::unexpected<Error>(message.error());
    const Ref watched = find(message->session);
    const bool user = message->scope == wire::EndScope::user;
    if (watched) watched->asked = user ? Asked::end_user : Asked::end;
    if (user && watched)
        end_user(watched);
    else
        logind_->terminate(message->session);
    return {};
}

Status Warden::forget(ByteSpan bytes) {
    const auto message = wire::decode<wire::ForgetSession>(bytes);
    if (!message) return tl::unexpected<Error>(message.error());
    if (const Ref watched = find(message->session)) drop(watched);
    return {};
}

void Warden::end_user(const Ref& watched) {
    logind_->list([this, weak = Weak(watched), id = watched->view.id, uid = watched->view.uid](const auto& sessions) {
        const auto& list = sessions ? *sessions : std::vector<Logind::Listed>{};
        const auto is = [&](const Logind::Listed& one) { return one.id == id; };
        if (!sessions || std::any_of(list.begin(), list.end(), is)) {
            logind_->kill(id);
            logind_->terminate(id);
        }
        const bool others =
            std::any_of(list.begin(), list.end(), [&](const auto& one) { return one.uid == uid && one.id != id; });
        if (sessions && !others && uid != static_cast<uid_t>(-1)) logind_->terminate_user(uid);
        // They came back meanwhile: what runs on is theirs from now on, and not this session's.
        if (const Ref there = weak.lock(); there && others && there->phase == Phase::left) emptied(there);
    });
}

// ---- what is seen

void Warden::look(const Ref& watched) {
    logind_->find(watched->view.id, [this, weak = Weak(watched)](auto seen) { adopt(weak, std::move(seen)); });
}

void Warden::adopt(const Weak& weak, Logind::Seen seen) {
    const Ref watched = weak.lock();
    if (!watched || watched->phase != Phase::there) return;
    if (!seen && seen.error() == Logind::Unseen::no_answer) {
        watched->ask_again = loop_.after(kAskAgain, [this, weak] {
            if (const Ref there = weak.lock(); there && there->phase == Phase::there) look(there);
        });
        return;
    }
    if (!seen) {
        if (watched->facts == Facts::wanted) {
            news_.tell(wire::SessionFacts{watched->view.id, wire::Found::no, {}, {}});
            return drop(watched);
        }
        return removed(watched->view.id);
    }
    watched->ask_again.reset();
    std::optional<SessionView> view(std::move(*seen));
    const Idle before = watched->view.idle;
    const LockedHint hint = watched->view.hint;
    watched->view = std::move(*view);
    if (watched->view.hint != hint) watched->looks = 0;
    if (watched->view.idle != before) {
        const bool idle = watched->view.idle == Idle::yes;
        news_.tell(wire::SessionIdle{watched->view.id, idle ? wire::IdleState::idle : wire::IdleState::busy});
    }
    judge(watched);
}

void Warden::judge(const Ref& watched) {
    if (watched->view.hint == LockedHint::off) {
        watched->lockers.forget();
        watched->look_again.reset();
    } else if (!watched->lockers.look(watched->view.uid) && watched->looks < static_cast<int>(kLookAgain.size())) {
        const Millis wait = kLookAgain[static_cast<std::size_t>(watched->looks++)];
        watched->look_again = loop_.after(wait, [this, weak = Weak(watched)] {
            if (const Ref again = weak.lock()) judge(again);
        });
    }
    if (watched->view.activity == Activity::active) return judged(watched, "");
    logind_->class_on_seat(watched->view.seat, [this, weak = Weak(watched)](const std::string& name) {
        if (const Ref there = weak.lock()) judged(there, name);
    });
}

void Warden::judged(const Ref& watched, const std::string& class_on_seat) {
    const LockerAlive alive = watched->lockers.alive() ? LockerAlive::yes : LockerAlive::no;
    const session::Shown shown = shown_by(watched->view, alive, class_on_seat);
    const bool news = shown != watched->shown;
    watched->shown = shown;
    if (shown != session::Shown::nothing && watched->asked == Asked::lock) watched->asked = Asked::nothing;
    if (watched->facts == Facts::wanted) {
        watched->facts = Facts::told;
        news_.tell(wire::SessionFacts{watched->view.id, wire::Found::yes, surface_of(watched->view), shown});
    } else if (news) {
        news_.tell(wire::SessionSeen{watched->view.id, shown});
    }
    if (news) feed(watched, session::event::Seen{shown});
}

void Warden::locker_gone(const Ref& watched) {
    if (watched->lockers.look(watched->view.uid)) return;  // another one shows it
    if (watched->shown != session::Shown::hint) return;
    watched->shown = session::Shown::nothing;
    log_info("session {}: its locker is gone", watched->view.id);
    news_.tell(wire::LockerGone{watched->view.id});
    feed(watched, session::event::LockerGone{});
}

// ---- from logind

void Warden::changed(const std::string& path) {
    for (const Ref& watched : std::vector(watched_)) {
        if (watched->phase != Phase::there || (!path.empty() && watched->view.path != path)) {
            // A change of another session may be a change of who has the seat.
            if (watched->phase == Phase::there && watched->view.activity == Activity::inactive) judge(watched);
            continue;
        }
        look(watched);
    }
}

void Warden::removed(const std::string& id) {
    const Ref watched = find(id);
    if (!watched || watched->phase != Phase::there) return;
    watched->phase = Phase::removed;
    watched->lockers.forget();
    logind_->list([this, weak = Weak(watched)](const auto& sessions) {
        const Ref there = weak.lock();
        if (!there) return;
        const uid_t uid = there->view.uid;
        const auto same = [&](const Logind::Listed& one) { return one.uid == uid && one.id != there->view.id; };
        if (sessions && std::any_of(sessions->begin(), sessions->end(), same))
            return left(there, session::Leftover::none);  // what runs on belongs to those
        logind_->user_known(uid, [this, weak](bool known) {
            const Ref still = weak.lock();
            if (!still) return;
            const bool gone = !known || still->phase == Phase::user_gone;
            left(still, gone ? session::Leftover::none : session::Leftover::processes);
        });
    });
}

void Warden::left(const Ref& watched, session::Leftover leftover) {
    news_.tell(wire::SessionRemoved{watched->view.id, leftover});
    feed(watched, session::event::Removed{leftover});
    watched->phase = Phase::left;
    if (leftover == session::Leftover::none) return drop(watched);
    watched->slice.when_empty(watched->view.uid, [this, weak = Weak(watched)] {
        if (const Ref there = weak.lock()) emptied(there);
    });
}

void Warden::emptied(const Ref& watched) {
    news_.tell(wire::SessionEmptied{watched->view.id});
    feed(watched, session::event::Emptied{});
    drop(watched);
}

void Warden::user_removed(uid_t uid) {
    for (const Ref& watched : std::vector(watched_)) {
        if (watched->view.uid != uid) continue;
        if (watched->phase == Phase::removed) watched->phase = Phase::user_gone;  // the answers to come will say so
        if (watched->phase == Phase::left) emptied(watched);
    }
}

void Warden::slept() {
    news_.tell(wire::MachineSlept{});
    for (const Ref& watched : std::vector(watched_)) feed(watched, session::event::Tick{});
}

}  // namespace sekimori::lockd
