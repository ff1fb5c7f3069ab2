// SPDX-License-Identifier: Apache-2.0
// The bound sessions on disk, so that a broker that is started again knows whom to ask for their card. Written whole
// and atomically; sessions of another boot are none. Without bound sessions there is no file:
// sekimori-end-sessions.service asks for it.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/session.hpp"
#include "daemon/auth/grants.hpp"

namespace sekimori::daemon {

struct StoredSession {
    BoundSession bound;
    Presence presence{};
    session::Sharing sharing{};
    session::Surface surface{};
    WasLocked locked{};
    std::optional<session::Fallback> fallback{};  // exactly where `bound` is held by something else than a card
};

class SessionFile {
  public:
    SessionFile(const std::string& directory, std::array<std::uint8_t, 16> boot);
    // Errors: io, full.
    Status write(const std::vector<StoredSession>& sessions) const;
    // No file: no sessions. Errors: corrupt (it is there and can't be understood), io.
    [[nodiscard]] Result<std::vector<StoredSession>> read() const;

  private:
    std::string path_;
    std::string boot_;
};

}  // namespace sekimori::daemon
