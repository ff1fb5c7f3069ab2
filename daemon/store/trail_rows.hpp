// SPDX-License-Identifier: Apache-2.0
// An event as a row of the trail, and back.
#pragma once

#include "daemon/store/store.hpp"
#include "ledger/audit_row.hpp"

namespace sekimori::daemon {

// Texts are cut to their bounds, and what is not UTF-8 becomes '?': an event must never fail for its wording.
[[nodiscard]] TrailRecord record_of(const AuditEvent& event, const Instant& now);
[[nodiscard]] AuditRow row_of(const TrailRecord& record);

// A month of the calendar in Japan, counted from the year 0: checkpoints stand at its beginning.
[[nodiscard]] std::int64_t month_of(Millis wall) noexcept;

}  // namespace sekimori::daemon
