// SPDX-License-Identifier: Apache-2.0
// The table of lockouts and its copy in memory.
#pragma once

#include <map>
#include <set>

#include "daemon/store/database.hpp"
#include "daemon/store/store.hpp"

namespace sekimori::daemon {

class Lockouts {
  public:
    // A state from another boot is taken over as core's rebooted() says. Precondition: `database` outlives this.
    [[nodiscard]] static Result<Lockouts> load(const Database& database, const LockoutPolicy& policy,
                                               const std::array<std::uint8_t, 16>& boot_id);
    [[nodiscard]] LockoutState get(const LockoutKey& key) const;
    // In memory at once, so that a disk that fails makes no guess free; durable when it returns success. What could not
    // be written follows with the next one that can.
    [[nodiscard]] Status set(const LockoutKey& key, const LockoutState& state);
    // Something else could be written: so can these.
    void catch_up();

  private:
    Lockouts(const Database& database, const std::array<std::uint8_t, 16>& boot_id)
        : database_(&database), boot_id_(boot_id) {}
    [[nodiscard]] Status write(const LockoutKey& key) const;
    const Database* database_;
    std::array<std::uint8_t, 16> boot_id_;
    std::map<LockoutKey, LockoutState> states_;
    std::set<LockoutKey> unwritten_;
};

}  // namespace sekimori::daemon
