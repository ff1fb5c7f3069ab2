// SPDX-License-Identifier: Apache-2.0
// UserSlice: when a user's last process has ended, by the kernel's own count for the slice that holds all of them.
// logind keeps a user whose last session went for some time (UserStopDelaySec, 10 s) and says only then that it is
// gone.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "event/loop.hpp"

namespace sekimori::lockd {

// Where systemd has its cgroup v2: alone, or beside the old ones. A system with neither has no such counts.
[[nodiscard]] const std::vector<std::string>& cgroup_roots();

class UserSlice {
  public:
    UserSlice(Loop& loop, const std::vector<std::string>& roots) : loop_(loop), roots_(roots) {}
    UserSlice(const UserSlice&) = delete;
    UserSlice& operator=(const UserSlice&) = delete;

    // Calls back once, from the loop, when no process is left; soon if there is none now, never if nothing counts them.
    void when_empty(uid_t uid, Source::Callback emptied);

  private:
    void look();

    Loop& loop_;
    const std::vector<std::string>& roots_;
    std::string events_;  // of the slice
    Source::Callback emptied_;
    Source changes_, soon_;
};

}  // namespace sekimori::lockd
