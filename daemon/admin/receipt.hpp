// SPDX-License-Identifier: Apache-2.0
// The receipt of a denial, which fills while the command waits: who has confirmed, and who has not.
#pragma once

#include "daemon/admin/command.hpp"
#include "ledger/statement.hpp"

namespace sekimori::daemon {

class FleetReceipt {
  public:
    // For the denials of these subjects, made just now or lately. `wait`: how long it may take to fill; none: ten
    // seconds while the server is there, and nothing while it is not.
    FleetReceipt(DenyRun run, const std::vector<std::array<std::uint8_t, 16>>& subjects, std::optional<Millis> wait,
                 std::function<void(Json)> done);

  private:
    void filled();
    void finish();
    [[nodiscard]] Json json() const;

    DenyRun run_;
    std::vector<Hash> denials_;
    std::function<void(Json)> done_;
    std::shared_ptr<void> watch_;
    Source look_, limit_;
};

}  // namespace sekimori::daemon
