// SPDX-License-Identifier: Apache-2.0
// Whether a process that died is started again, as Restart=always with a start limit would in systemd. Pure.
#pragma once

#include <chrono>
#include <deque>

namespace sekimori::lab::launcher {

class RestartBudget {
  public:
    using Clock = std::chrono::steady_clock;

    static constexpr std::size_t max_failures = 20;
    static constexpr Clock::duration window = std::chrono::seconds(10);
    // One that died young waits a little, so that what it depends on has time to come back (RestartSec= has the same
    // default).
    static constexpr Clock::duration young = std::chrono::seconds(1);
    static constexpr Clock::duration pause = std::chrono::milliseconds(100);

    // Only failures count: one that was killed, or left in order because what it serves is gone, comes back as often as
    // that happens.
    enum class End { failed, in_order };
    enum class Answer { at_once, after_pause, give_up };

    [[nodiscard]] Answer died(End end, Clock::time_point started, Clock::time_point now) {
        while (!failures_.empty() && now - failures_.front() >= window) {
            failures_.pop_front();
        }
        if (end == End::failed) {
            if (failures_.size() >= max_failures) {
                return Answer::give_up;
            }
            failures_.push_back(now);
        }
        return now - started < young ? Answer::after_pause : Answer::at_once;
    }

  private:
    std::deque<Clock::time_point> failures_;
};

}  // namespace sekimori::lab::launcher
