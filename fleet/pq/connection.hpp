// SPDX-License-Identifier: Apache-2.0
// Connection: one connection to one host on the main loop; nothing here waits. Calls are made one after the other, in
// order. It never connects again by itself.
#pragma once

#include <deque>
#include <functional>

#include "event/loop.hpp"
#include "fleet/pq/target.hpp"
#include "fleet/pq/values.hpp"

namespace sekimori::fleet {

// How long a server that can be reached may take to let one in, after `rounds` in which none of the hosts did. A server
// to which everybody comes back at once is slow; each connection that is given up costs it as much as one that is not,
// so that a limit which does not grow would keep it slow.
[[nodiscard]] Millis connect_limit(unsigned rounds) noexcept;

class Connection {
  public:
    using Answer = std::function<void(Result<Rows>)>;
    struct Handlers {
        std::function<void()> up;
        // Once, after which nothing comes any more and calls are forgotten. The object may be opened anew, not
        // destroyed, from within.
        std::function<void(const Error&)> down;
        std::function<void(std::string_view payload)> notified;
    };
    Connection(Loop& loop, Handlers handlers) : loop_(loop), handlers_(std::move(handlers)) {}
    ~Connection() { close(); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // Ends in up() or down(): 4 seconds for a host that can't be reached, from there on `limit`.
    void open(const Target& target, const Host& host, Millis limit = connect_limit(0));
    // Without down().
    void close();
    // Precondition: up.
    void call(const char* sql, Arguments arguments, Answer answer);
    [[nodiscard]] bool is_up() const noexcept { return state_ == State::up; }

  private:
    enum class State : std::uint8_t { closed, reaching, connecting, up };
    struct Call {
        const char* sql;
        Arguments arguments;
        Answer answer;
    };
    void connecting();
    void ready();
    void start_next();
    void expect_within(Millis limit);
    void expect_more();
    void watch();
    void lost(ErrorCode code, const char* why);

    Loop& loop_;
    Handlers handlers_;
    PGconn* connection_{nullptr};
    State state_{State::closed};
    std::deque<Call> calls_;
    Rows rows_;
    Status verdict_;
    enum class Running : std::uint8_t { no, yes } running_{Running::no};
    Wait watched_{Wait::read};
    Millis greeting_{0};  // what a server that was reached is given
    Millis called_{0};    // when the running call began
    Source socket_, limit_;
    std::uint64_t generation_{0};
};

}  // namespace sekimori::fleet
