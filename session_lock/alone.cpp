// SPDX-License-Identifier: Apache-2.0
// The warden without a broker: each session goes through the core's own machine. Nobody can grant an unlock then, so
// what is locked stays locked, and what is open locks when the broker's time to come back is over.
#include "event/log.hpp"
#include "session_lock/warden.hpp"

namespace sekimori::lockd {

void Warden::broker_lost() {
    for (const Ref& watched : std::vector(watched_)) alone(watched);
}

void Warden::alone(const Ref& watched) {
    if (watched->own) return;
    const Millis now = Loop::now();
    TrackedSession own;
    own.surface = surface_of(watched->view);
    own.card_is = session::CardIs::away;
    if (watched->shown != session::Shown::nothing) own.state = session::Locked{now};
    watched->own = own;
    switch (watched->asked) {
        case Asked::nothing:
            return feed(watched, session::event::PresenceUnknown{});
        case Asked::lock:
            watched->own->state = session::Grace{now};  // its time was over: what was asked for goes on
            return feed(watched, session::event::Tick{});
        case Asked::end:
        case Asked::end_user:
            return feed(watched, session::event::Denied{});
    }
}

void Warden::feed(const Ref& watched, const session::Event& event) {
    if (!watched->own) return;
    perform(watched, step(watched->policy, *watched->own, event, Loop::now()));
}

void Warden::perform(const Ref& watched, const SessionStep& step) {
    using namespace session;
    watched->own = step.session;
    for (const Action& action : step.actions) {
        if (std::holds_alternative<action::RequestLock>(action)) logind_->lock(watched->view.id);
        if (std::holds_alternative<action::RequestTerminate>(action)) logind_->terminate(watched->view.id);
        if (std::holds_alternative<action::RequestTerminateUser>(action)) end_user(watched);
        if (const auto* audit = std::get_if<action::Audit>(&action))
            log_error("session {} without a broker: {}", watched->view.id, name_of(audit->note));
    }
    const Millis due = watched->own->deadline(watched->policy);
    watched->timer = due == kNever ? Source() : loop_.after(due - Loop::now(), [this, weak = Weak(watched)] {
        if (const Ref there = weak.lock()) feed(there, event::Tick{});
    });
}

}  // namespace sekimori::lockd
