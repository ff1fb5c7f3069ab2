// SPDX-License-Identifier: Apache-2.0
// Crowd: some of the fleet's terminals in one thread: each holds a connection, hears denials, verifies them and
// acknowledges with its own signature, as a terminal's agent and broker would together. Whoever comes, or comes back,
// asks for the denials that wait and fetches every entry after the last that it has; what it says nothing about (a
// grant) it does not verify, since each terminal has a processor of its own for that elsewhere.
#pragma once

#include <atomic>
#include <deque>
#include <set>
#include <thread>

#include "fleet/pq/connection.hpp"
#include "tests/fleet/load/fleet.hpp"

namespace sekimori::fleet::load {

using Clock64 = std::chrono::steady_clock;

// When each terminal had come so far (had applied the denial of the round, say), in microseconds since some point; 0:
// not yet.
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
// Only who lost the connection asks what was missed.
enum class Connections : std::uint8_t { lasting, thrifty };

class Crowd {
  public:
    // What all crowds of a run fill.
    struct Seen {
        explicit Seen(std::size_t count) : applied(count), back(count) {}
        Marks applied, back;
        std::atomic<std::size_t> connected{0};
    };
    // Terminals `first`, `first + step`, ... of the fleet. Precondition: fleet, target and `seen` outlive it.
    Crowd(const SimFleet& fleet, const Target& target, std::size_t first, std::size_t step, Connections connections,
          Seen& seen);
    ~Crowd();
    Crowd(const Crowd&) = delete;
    Crowd& operator=(const Crowd&) = delete;

    // All of them fetch what they lack, page by page, and are marked when they have the entry at `last`. Called once.
    void catch_up(std::int64_t last) { last_ = last; }
    // From now on everybody comes when it will: the server that they all lose is back for all of them at once.
    void rush() { rush_ = true; }

  private:
    struct One {
        std::size_t number;
        Target target;
        std::unique_ptr<Connection> connection;
        Source again, gather;
        std::int64_t seq;        // of the last entry that it has
        std::set<Hash> applied;  // denials
        std::vector<Hash> owes;  // acknowledgements of those, also after its connection was lost
        unsigned failures{0};
        bool opening{false}, listens{false}, acknowledges{false}, was_there{false};
    };
    void run(std::size_t first, std::size_t step);
    void want(One& one);
    void connect_some();
    void greet(One& one);
    void settled(One& one);
    void ask(One& one);
    void fetch(One& one, const std::function<void()>& then);
    // A SignedStatement, from wherever it came.
    void heard(One& one, ByteSpan statement);
    void acknowledge_soon(One& one, Millis delay);
    void acknowledge_some();
    void acknowledge(One& one);
    void acknowledged(One& one, const Result<Rows>& rows);

    const SimFleet& fleet_;
    const Target& target_;
    const Connections connections_;
    Seen& seen_;
    std::unique_ptr<Loop> loop_;
    std::atomic<bool> stop_{false};
    std::atomic<std::int64_t> last_{0};  // 0: nothing to catch up with
    std::atomic<bool> rush_{false};
    std::vector<std::unique_ptr<One>> ones_;
    std::deque<One*> waiting_;
    std::deque<One*> applied_;
    std::size_t opening_{0}, acknowledging_{0};
    Source tick_;
    std::thread thread_;
};

}  // namespace sekimori::fleet::load
