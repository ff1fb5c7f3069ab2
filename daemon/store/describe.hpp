// SPDX-License-Identifier: Apache-2.0
// Joins a ledger with the names and accounts that its blobs hold.
#pragma once

#include "daemon/store/blob.hpp"
#include "ledger/ledger.hpp"

namespace sekimori::daemon {

// Everybody who is not gone. Without a person's names an account would look like nobody's, so that one blob that is
// missing or does not open fails it all. Errors: corrupt.
[[nodiscard]] Status describe(Ledger& ledger, const Keys& keys, const BlobSource& source);

// One of them. Errors: as above.
[[nodiscard]] Status describe(Ledger& ledger, const Keys& keys, const BlobSource& source, const PersonId& id);
// Is anything of it still empty? Of whoever is gone nothing is missing.
[[nodiscard]] bool lacks_names(const PersonEntry& person);

// One of them, whose blobs a member of a fleet may not have: then nothing is told of them here. Errors: corrupt.
[[nodiscard]] Status describe_if_there(Ledger& ledger, const Keys& keys, const BlobSource& source, const PersonId& id);

// Which blob a statement names; none if it names none. Errors: malformed.
[[nodiscard]] Result<std::optional<BlobOf>> blob_of(const Statement& statement);

}  // namespace sekimori::daemon
