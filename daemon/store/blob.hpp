// SPDX-License-Identifier: Apache-2.0
// Where blobs and the keys that open them lie on disk (ledger/blob.hpp has what they are).
#pragma once

#include <functional>

#include "daemon/store/keys.hpp"
#include "ledger/blob.hpp"

namespace sekimori::daemon {

// Where sealed bytes come from: the tables, or a backup. Errors of both: not_found (destroyed, or never there).
struct BlobSource {
    std::function<Result<Bytes>(const PersonId&)> person_key;  // wrapped
    std::function<Result<Bytes>(const Hash&)> blob;
};
// Precondition: `database` outlives the source.
[[nodiscard]] BlobSource tables(const Database& database);
// Errors: not_found, corrupt.
[[nodiscard]] Result<SecureBytes> load_person_key(const BlobSource& source, const Keys& keys, const PersonId& person);
[[nodiscard]] Result<SecureBytes> load_blob(const BlobSource& source, const Keys& keys, const BlobOf& of,
                                            const Hash& hash);

[[nodiscard]] Status insert_blob(const Database& database, const SealedBlob& blob);
[[nodiscard]] Status insert_person_key(const Database& database, const PersonId& person, ByteSpan wrapped);

}  // namespace sekimori::daemon
