// SPDX-License-Identifier: Apache-2.0
// What the policies of the chain say of the maximum offline age, each read once.
#pragma once

#include <string>
#include <vector>

#include "core/offline.hpp"
#include "ledger/view.hpp"

namespace sekimori::daemon {

class OfflineRules {
  public:
    // In the order of the chain. Until the next call.
    [[nodiscard]] const std::vector<OfflineRule>& of(const std::vector<PolicyEntry>& policies);

  private:
    std::vector<OfflineRule> rules_;
    std::vector<std::string> read_;  // of each its text: after a restore it is another chain
};

}  // namespace sekimori::daemon
