// SPDX-License-Identifier: Apache-2.0
// Door: who waits at it. While polkit is asked about a call, the call and its arguments stay in memory; so a user has a
// few places, and one user's places keep nobody else out.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <map>

namespace sekimori::daemon {

class Door {
  public:
    static constexpr std::size_t kPlaces = 4;  // of each user

    // False: that user has all their places already. Whoever entered leaves once.
    [[nodiscard]] bool enter(uid_t uid) {
        std::size_t& taken = taken_[uid];
        if (taken >= kPlaces) return false;
        ++taken;
        return true;
    }
    void leave(uid_t uid) noexcept {
        const auto at = taken_.find(uid);
        if (at != taken_.end() && --at->second == 0) taken_.erase(at);
    }

  private:
    std::map<uid_t, std::size_t> taken_;
};

}  // namespace sekimori::daemon
