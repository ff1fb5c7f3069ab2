// SPDX-License-Identifier: Apache-2.0
// Where the trail begins, sealed in the table `keys`; and how a row is read from the table `audit`.
#pragma once

#include "daemon/store/keys.hpp"
#include "ledger/audit_row.hpp"

namespace sekimori::daemon {

inline constexpr const char* kCheckpoint = "audit.checkpoint";
inline constexpr const char* kCut = "audit.cut";
inline constexpr const char* kDamaged = "audit.damaged";  // a row that is about to be cut off is not good
// What the row of a cut says: rows before this one are gone on purpose.
[[nodiscard]] std::string cut_reason(std::uint64_t first_kept);

// Errors: not_found (no trail was begun), corrupt.
[[nodiscard]] Result<TrailAnchor> get_anchor(const Database& database, const Sealer& sealer);
[[nodiscard]] Status put_anchor(const Database& database, const Sealer& sealer, const TrailAnchor& anchor, Rng& rng);

// Columns row and signature. Errors: corrupt.
[[nodiscard]] Result<SignedRow> read_row(const Query& query, int first_column);

}  // namespace sekimori::daemon
