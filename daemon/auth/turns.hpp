// SPDX-License-Identifier: Apache-2.0
// Turns: the devices serve one transaction at a time. First come, first served; a root caller goes before unprivileged
// ones and takes the turn of one that is running; an unprivileged uid has one place. Bounded.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <list>
#include <memory>

#include "core/result.hpp"

namespace sekimori::daemon {

enum class Rank : std::uint8_t { unprivileged, root };

class Turns {
  public:
    struct Callbacks {
        std::function<void()> start;      // it is your turn
        std::function<void()> preempted;  // the turn is taken away: end at once
    };
    // A place in the queue, or the turn itself. Given up when dropped.
    class Ticket {
      public:
        Ticket() = default;
        Ticket(Ticket&& other) noexcept : turns_(other.turns_), number_(other.number_) { other.turns_ = nullptr; }
        Ticket& operator=(Ticket&& other) noexcept;
        Ticket(const Ticket&) = delete;
        Ticket& operator=(const Ticket&) = delete;
        ~Ticket() { drop(); }
        void drop();

      private:
        friend class Turns;
        Ticket(Turns* turns, std::uint64_t number) : turns_(turns), number_(number) {}
        Turns* turns_{nullptr};
        std::uint64_t number_{0};
    };

    static constexpr std::size_t kMaxWaiting = 16;  // of each rank: other people's places never keep root out

    // start() may be called before this returns. Errors: busy (the queue is full, or that uid has its place already).
    [[nodiscard]] Result<Ticket> enter(Rank rank, uid_t uid, Callbacks callbacks);
    [[nodiscard]] std::size_t size() const noexcept { return places_.size(); }

  private:
    struct Place {
        std::uint64_t number;
        Rank rank;
        uid_t uid;
        Callbacks callbacks;
    };
    void leave(std::uint64_t number);
    void next();
    std::list<Place> places_;  // the first one has the turn if `running_`
    std::uint64_t counter_{0};
    std::uint64_t running_{0};  // number of the one that has the turn, 0: nobody
};

}  // namespace sekimori::daemon
