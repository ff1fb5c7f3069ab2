// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "daemon/admin/answer.hpp"
#include "daemon/store/store.hpp"

namespace sekimori::daemon {

// Why this person may not go, or lose the role: fewer than two administrators would remain.
[[nodiscard]] std::optional<Refusal> last_of_administrators(const Store& store, const PersonRecord& person);

}  // namespace sekimori::daemon
