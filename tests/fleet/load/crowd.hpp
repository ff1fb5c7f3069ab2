// SPDX-License-Identifier: Apache-2.0
// Crowd: some of the fleet's terminals in one thread: each holds a connection, hears denials, verifies them and
// acknowledges with its own signature, as a terminal's agent and broker would together.
#pragma once

#include <atomic>
#include <deque>
#include <optional>
#include <thread>

#include "fleet/pq/connection.hpp"
#include "tests/fleet/load/fleet.hpp"

namespace sekimori::fleet::load {

using Clock64 = std::chrono::steady_clock;

// When each terminal had applied the denial of the round, in microseconds since some point; 0: not yet.
class Marks {
  public:
    explicit Marks(std::size_t count) : at_(count) {}
    void clear() {
        for (auto& one : at_) one = 0;
        marked_ = 0;
    }
    void mark(std::size_t terminal) {
        std::int64_t none = 0;
        if (at_[terminal].compare_exchange_strong(none, now())) ++marked_;
    }
    [[nodiscard]] std::size_t marked() const { return marked_; }
    [[nodiscard]] std::vector<double> milliseconds_since(std::int64_t start) const;
    [[nodiscard]] static std::int64_t now() {
        return std::chrono::duration_cast<std::chrono::microseconds>(Clock64::now().time_since_epoch()).count();
    }

  private:
    std::vector<std::atomic<std::int64_t>> at_;
    std::atomic<std::size_t> marked_{0};
};

// lasting: a terminal greets the server and keeps its connection, as a real one does; everybody acknowledges at once.
// thrifty: it listens and says nothing before it acknowledges; a few do so at a time, and hang up then. The first call
// on a connection nearly doubles what the server holds for it (docs/FLEET.md), which not every machine has for all.
enum class Connections : std::uint8_t { lasting, thrifty };

class Crowd {
  public:
    // Terminals `first`, `first + step`, ... of the fleet. Precondition: fleet, target and marks outlive it.
    Crowd(const SimFleet& fleet, const Target& target, std::size_t first, std::size_t step, Connections connections,
          Marks& marks, std::atomic<std::size_t>& connected);
    ~Crowd();
    Crowd(const Crowd&) = delete;
    Crowd& operator=(const Crowd&) = delete;

    // All of them fetch the entries from `after` on, page by page, and are marked when they have the one at `last`.
    // Called once.
    void catch_up(std::int64_t after, std::int64_t last);

  private:
    struct One {
        std::size_t number;
        Target target;
        std::unique_ptr<Connection> connection;
        Source again, gather;
        std::optional<Hash> owes;  // an acknowledgement, also after its connection was lost
        unsigned failures{0};
        bool opening{false}, listens{false}, acknowledges{false};
    };
    void run(std::size_t first, std::size_t step);
    void want(One& one);
    void connect_some();
    void greet(One& one);
    void settled(One& one);
    void heard(One& one, std::string_view payload);
    void owe(One& one, const Hash& hash);
    void acknowledge_some();
    void acknowledge(One& one);
    void acknowledged(One& one, const Result<Rows>& rows);
    void fetch(One& one, std::int64_t after);

    const SimFleet& fleet_;
    const Target& target_;
    const Connections connections_;
    Marks& marks_;
    std::atomic<std::size_t>& connected_;
    std::unique_ptr<Loop> loop_;
    std::atomic<bool> stop_{false};
    std::int64_t after_{0};
    std::atomic<std::int64_t> last_{0};  // 0: nothing to catch up with
    std::vector<std::unique_ptr<One>> ones_;
    std::deque<One*> waiting_;
    std::deque<One*> applied_;
    std::size_t opening_{0}, acknowledging_{0};
    Source tick_;
    std::thread thread_;
};

}  // namespace sekimori::fleet::load
