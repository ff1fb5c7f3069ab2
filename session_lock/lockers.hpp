// SPDX-License-Identifier: Apache-2.0
// Lockers: the processes of a user that can show a lock, found by name when logind says "locked" and then held by
// pidfds, so that a crash is news at once (a crashed locker is an unlocked screen).
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "event/loop.hpp"
#include "protocol/channel.hpp"

namespace sekimori::lockd {

// Names as the kernel keeps them (15 bytes). Those that set the hint and show the lock themselves; a helper that only
// starts one (xss-lock) says nothing about the screen.
[[nodiscard]] const std::vector<std::string>& known_lockers();

class Lockers {
  public:
    Lockers(Loop& loop, std::vector<std::string> names, std::function<void()> last_gone)
        : loop_(loop), names_(std::move(names)), last_gone_(std::move(last_gone)) {}

    // Looks for them now. True if at least one is alive.
    bool look(uid_t uid);
    [[nodiscard]] bool alive() const noexcept { return !watches_.empty(); }
    void forget() { watches_.clear(); }

  private:
    struct Watch {
        pid_t pid;
        UniqueFd pidfd;
        Source source;
    };
    void ended(pid_t pid);
    Loop& loop_;
    std::vector<std::string> names_;
    std::function<void()> last_gone_;
    std::vector<Watch> watches_;
};

}  // namespace sekimori::lockd
