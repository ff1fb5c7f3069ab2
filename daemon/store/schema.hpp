// SPDX-License-Identifier: Apache-2.0
// The tables, and how a file of an earlier version becomes one of this.
#pragma once

#include <span>

#include "daemon/store/database.hpp"

namespace sekimori::daemon {

// Step i takes a file from version i to i+1 (PRAGMA user_version). A step that was released never changes.
using Migration = const char*;
[[nodiscard]] std::span<const Migration> migrations() noexcept;

// Takes the file through the steps that it lacks, each in a transaction of its own. Errors: unsupported (a later
// version wrote it), full, io, corrupt.
[[nodiscard]] Status migrate(const Database& database, std::span<const Migration> steps);

[[nodiscard]] Result<std::int64_t> version_of(const Database& database);

}  // namespace sekimori::daemon
