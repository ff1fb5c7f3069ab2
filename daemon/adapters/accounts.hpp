// SPDX-License-Identifier: Apache-2.0
// The system's accounts (NSS). A look-up that fails is an account that is not there: that means deny.
#pragma once

#include "daemon/auth/resolve.hpp"

namespace sekimori::daemon {

class SystemAccounts final : public AccountDirectory {
  public:
    [[nodiscard]] std::optional<std::uint32_t> uid_of(const std::string& account) override;
    [[nodiscard]] std::vector<std::string> groups_of(const std::string& account) override;
};

}  // namespace sekimori::daemon
