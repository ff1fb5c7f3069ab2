// SPDX-License-Identifier: Apache-2.0
// What holds a session open, and until when: a card, one that was lent for a day, a code, two administrators' word.
#include <algorithm>

#include "daemon/session/sessions.hpp"

namespace sekimori::daemon {

using namespace session;
// The transaction has its own.
namespace event = session::event;

bool Sessions::still_good(const BoundSession& bound) const {
    const auto person = broker_.store.person(bound.person);
    if (!person || person->state != PersonState::active) return false;
    if (bound.hold.by == HeldBy::card) {
        const auto card = broker_.store.card(bound.card);
        if (!card || card->state != CardState::active) return false;
        return !card->temporary || in_force(card->temporary->until, broker_.clock.now());
    }
    if (bound.hold.by == HeldBy::break_glass) return true;  // spent on this session; its end is the tracker's
    const auto code = broker_.store.secret_of(bound.person, SecretUse::code);
    return code && code->id == bound.hold.statement;
}

std::optional<Fallback> Sessions::fallback_of(const Hold& hold) const {
    if (hold.by == HeldBy::card) return std::nullopt;
    const Instant now = broker_.clock.now();
    return Fallback{now.boottime + std::max(hold.until - now.wall, Millis{0})};
}

// On the clock that nobody sets, from when the card was shown.
void Sessions::watch_end(One& one) {
    one.card_over.reset();
    const auto card = one.bound.hold.by == HeldBy::card ? broker_.store.card(one.bound.card) : std::nullopt;
    if (!card || !card->temporary) return;
    const Millis left = std::max(card->temporary->until - broker_.clock.now().wall, Millis{0});
    one.card_over = after(left + Millis{1}, [this, id = one.bound.id] {
        if (One* there = find(id)) feed(*there, event::Denied{});
    });
}

}  // namespace sekimori::daemon
