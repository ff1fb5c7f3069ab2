// SPDX-License-Identifier: Apache-2.0
// What people are registered with, one by one or by an import.
#pragma once

#include <string>

#include "daemon/admin/answer.hpp"
#include "daemon/broker.hpp"

namespace sekimori::daemon {

// A login is a handle that people type: the shape of a user name (useradd(8)), without its length limit of 32.
[[nodiscard]] bool good_login(const std::string& login);

// The uid is bound now and compared at every verdict; only the lab has accounts that do not exist. Refusals: not_found,
// refused (root's).
[[nodiscard]] tl::expected<AccountRecord, Refusal> bind_account(Broker& broker, const std::string& name);

}  // namespace sekimori::daemon
