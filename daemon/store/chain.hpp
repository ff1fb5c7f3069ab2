// SPDX-License-Identifier: Apache-2.0
// The tables `statements` and `entries`: read and verified as a whole, appended to in a caller's transaction.
#pragma once

#include <vector>

#include "daemon/store/keys.hpp"
#include "ledger/entry.hpp"
#include "ledger/ledger.hpp"

namespace sekimori::daemon {

// A statement that was verified, with the bytes that were.
struct Verified {
    SignedStatement sealed;
    Statement statement;
};
struct Link {
    SignedEntry entry;
    SignedStatement statement;
};

struct Chain {
    Ledger ledger;
    ChainHead head;
    std::vector<Hash> hashes;  // of the entries, by seq - 1
};

// Verifies link after link from the first on; the first statement must be the authority with these keys. Errors:
// corrupt, naming the first bad seq.
[[nodiscard]] Status extend(Chain& chain, const Keys& keys, const Link& link);
[[nodiscard]] Result<Chain> verify_chain(const Keys& keys, const std::vector<Link>& links);

// Reads every row. Errors: io, corrupt (a row that does not parse or an entry without its statement).
[[nodiscard]] Result<std::vector<Link>> load_links(const Database& database);
[[nodiscard]] Status insert_link(const Database& database, std::uint64_t seq, const Link& link);

// The next link of `chain`. `now` is wall time; the entry's time never goes back.
[[nodiscard]] Result<Link> make_link(const ChainHead& head, const Keys& keys, SignedStatement statement, Millis now);

// The first statement of a new ledger.
[[nodiscard]] Result<SignedStatement> authority_statement(const Keys& keys, Millis now, Rng& rng);

// The head, sealed: entries cut off at the end are missed (an old file as a whole is not: docs/THREAT_MODEL.md).
[[nodiscard]] Status put_head(const Database& database, const Sealer& sealer, const ChainHead& head, Rng& rng);
[[nodiscard]] Status check_head(const Database& database, const Sealer& sealer, const ChainHead& head);

}  // namespace sekimori::daemon
