// SPDX-License-Identifier: Apache-2.0
// What a terminal notices of a server that lies, and that its administrators must hear of.
#pragma once

#include <array>
#include <string>

#include "core/instant.hpp"

namespace sekimori::daemon {

enum class Trouble : std::uint8_t {
    lower_head,  // a heartbeat below one that was seen: replayed, or the server was put back
    fork,        // two chains
    bad_entry,   // an entry that does not follow or does not verify
    withheld,    // heartbeats speak of entries that do not come
    old_trail,   // the trail here is older than a head of it that the fleet keeps, or another one
};
inline constexpr std::array kTroubles{"fleet.lower_head", "fleet.fork", "fleet.bad_entry", "fleet.withheld",
                                      "fleet.old_trail"};
[[nodiscard]] constexpr const char* name_of(Trouble trouble) noexcept {
    return kTroubles[static_cast<std::size_t>(trouble)];
}

// The last one, for `status`; each kind goes into the trail once an hour at the most.
class Troubles {
  public:
    // Whether it is to be recorded now.
    [[nodiscard]] bool note(Trouble trouble, const Instant& now) {
        constexpr Millis kAgain = std::chrono::hours{1};
        last_ = name_of(trouble);
        last_at_ = now.wall;
        Millis& recorded = recorded_[static_cast<std::size_t>(trouble)];
        if (recorded != Millis{0} && now.boottime - recorded < kAgain) return false;
        recorded = std::max(now.boottime, Millis{1});
        return true;
    }
    [[nodiscard]] const std::string& last() const noexcept { return last_; }  // empty: none
    [[nodiscard]] Millis last_at() const noexcept { return last_at_; }

  private:
    std::string last_;
    Millis last_at_{0};
    std::array<Millis, kTroubles.size()> recorded_{};
};

}  // namespace sekimori::daemon
