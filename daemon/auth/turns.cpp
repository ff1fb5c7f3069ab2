// SPDX-License-Identifier: Apache-2.0
#include "daemon/auth/turns.hpp"

#include <algorithm>

namespace sekimori::daemon {

Turns::Ticket& Turns::Ticket::operator=(Ticket&& other) noexcept {
    if (this != &other) {
        drop();
        turns_ = other.turns_;
        number_ = other.number_;
        other.turns_ = nullptr;
    }
    return *this;
}

void Turns::Ticket::drop() {
    if (Turns* turns = turns_; turns != nullptr) {
        turns_ = nullptr;
        turns->leave(number_);
    }
}

Result<Turns::Ticket> Turns::enter(Rank rank, uid_t uid, Callbacks callbacks) {
    const auto same_rank = [&](const Place& place) { return place.rank == rank; };
    if (static_cast<std::size_t>(std::count_if(places_.begin(), places_.end(), same_rank)) > kMaxWaiting)
        return fail(ErrorCode::busy, "too many transactions");
    if (rank == Rank::unprivileged && std::any_of(places_.begin(), places_.end(), [&](const Place& place) {
            return place.rank == rank && place.uid == uid;
        }))
        return fail(ErrorCode::busy, "this user has a transaction already");
    const std::uint64_t number = ++counter_;
    places_.push_back({number, rank, uid, std::move(callbacks)});
    if (running_ == 0) {
        next();
    } else if (rank == Rank::root) {
        const auto running =
            std::find_if(places_.begin(), places_.end(), [&](const Place& place) { return place.number == running_; });
        // preempted() makes its owner drop the ticket, and that starts the next.
        if (running != places_.end() && running->rank == Rank::unprivileged)
            std::function(running->callbacks.preempted)();
    }
    return Ticket(this, number);
}

void Turns::leave(std::uint64_t number) {
    std::erase_if(places_, [&](const Place& place) { return place.number == number; });
    if (running_ == number) {
        running_ = 0;
        next();
    }
}

void Turns::next() {
    if (running_ != 0 || places_.empty()) return;
    auto first =
        std::find_if(places_.begin(), places_.end(), [](const Place& place) { return place.rank == Rank::root; });
    if (first == places_.end()) first = places_.begin();
    running_ = first->number;
    std::function(first->callbacks.start)();
}

}  // namespace sekimori::daemon
