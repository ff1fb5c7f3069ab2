// SPDX-License-Identifier: Apache-2.0
// One audit row: event to signed bytes and back.
#pragma once

#include "daemon/store/trail.hpp"

namespace sekimori::daemon {

// Texts are cut to their bounds, and what is not UTF-8 becomes '?': an event must never fail for its wording.
[[nodiscard]] TrailRecord record_of(const AuditEvent& event, const Instant& now);
[[nodiscard]] AuditRow row_of(const TrailRecord& record);
[[nodiscard]] Hash hash_of_row(ByteSpan bytes);
[[nodiscard]] Result<SignedRow> sign_row(const TrailRecord& record, const crypto::SigningKey& key);
[[nodiscard]] Status verify_row(const SignedRow& row, const crypto::PublicKey& key);

}  // namespace sekimori::daemon
