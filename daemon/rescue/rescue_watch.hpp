// SPDX-License-Identifier: Apache-2.0
// RescueWatch: what became of the code in the envelope, as far as the names on root's shelf tell it
// (session_lock/rescue/). Its use goes into the trail: at once where the broker runs, else at its next start.
#pragma once

#include <optional>
#include <string>

#include "daemon/io/loop.hpp"
#include "daemon/store/store.hpp"
#include "protocol/channel.hpp"

namespace sekimori::daemon {

inline constexpr const char* kRescueDirectory = "/var/lib/sekimori-rescue";

struct RescueState {
    enum class Kind : std::uint8_t { none, ready, used };
    Kind kind{Kind::none};
    std::optional<Millis> since;  // wall: made, or used
};
// `used` stays until there is a new code: a code that is there beside it was cut off while it was made.
[[nodiscard]] RescueState rescue_state(const std::string& directory);

class RescueWatch {
  public:
    // `state_directory` keeps what was written down already. `store` outlives it.
    RescueWatch(Store& store, std::string directory, const std::string& state_directory);

  private:
    void look();

    Store& store_;
    std::string directory_, seen_;
    UniqueFd changes_;
    Source source_;
};

}  // namespace sekimori::daemon
