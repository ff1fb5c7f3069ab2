// SPDX-License-Identifier: Apache-2.0
// When and where each person last came in: what the trail says, kept where it can be looked up. It decides nothing; a
// row that could not be written is made up for by the next login.
#pragma once

#include <optional>

#include "daemon/store/database.hpp"
#include "daemon/store/store.hpp"

namespace sekimori::daemon {

Status note_use(const Database& database, const PersonId& person, const LastUse& use);
[[nodiscard]] std::optional<LastUse> find_use(const Database& database, const PersonId& person);

}  // namespace sekimori::daemon
