// SPDX-License-Identifier: Apache-2.0
// The trail's index: for every value that one may ask for, the rows that hold it (table `audit_find`), so that a search
// through years reads what it finds. It is derived, not signed: a row is compared with the question again when it is
// read, and verify() misses every entry that is not there.
#pragma once

#include <vector>

#include "daemon/store/database.hpp"
#include "daemon/store/store.hpp"
#include "ledger/audit_row.hpp"

namespace sekimori::daemon {

using FindKey = std::int64_t;  // the first 8 bytes of a hash over kind and value

// Under which keys a row is found.
[[nodiscard]] std::vector<FindKey> keys_of(const TrailRecord& record);
// Which keys a row that is asked for has; all of them. Empty: the question names none.
[[nodiscard]] std::vector<FindKey> keys_of(const AuditFilter& filter);
// Does it have everything that is asked for?
[[nodiscard]] bool fits(const AuditFilter& filter, const AuditRow& row);

[[nodiscard]] Status insert_keys(const Database& database, const TrailRecord& record);
[[nodiscard]] Status delete_keys(const Database& database, const TrailRecord& record);
// Is the row found under each of its keys?
[[nodiscard]] Result<bool> has_keys(const Database& database, const TrailRecord& record);
// Rows from before there was an index (version 1 of the tables) get their entries.
[[nodiscard]] Status index_old_rows(const Database& database);

}  // namespace sekimori::daemon
