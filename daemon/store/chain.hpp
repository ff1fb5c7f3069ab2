// SPDX-License-Identifier: Apache-2.0
// The tables `statements` and `entries`: read as a whole, appended to in a caller's transaction. What they mean is the
// ledger's business (ledger/chain.hpp).
#pragma once

#include <functional>
#include <vector>

#include "daemon/store/keys.hpp"
#include "ledger/chain.hpp"

namespace sekimori::daemon {

// A link as it lies there.
struct StoredLink {
    std::uint64_t seq{};
    Bytes entry, statement;
};
// Those after `seq`, in their order, `most` at most; `visit` ends it with an error of its own. Errors: io, corrupt (a
// gap, or an entry without its statement).
[[nodiscard]] Status each_link(const Database& database, std::uint64_t seq, std::size_t most,
                               const std::function<Status(const StoredLink&)>& visit);
// Reads every row. Errors: as above; corrupt (a row that does not parse).
[[nodiscard]] Result<std::vector<Link>> load_links(const Database& database);
// The chain with everything that lies behind its end, verified. An empty one: all of it. Errors: as above.
[[nodiscard]] Result<Chain> verify_stored(const Database& database, const Root& root, Chain chain);
[[nodiscard]] Status insert_link(const Database& database, std::uint64_t seq, const Link& link);

// The head, sealed: entries cut off at the end are missed (an old file as a whole is not: docs/THREAT_MODEL.md).
[[nodiscard]] Status put_head(const Database& database, const Sealer& sealer, const ChainHead& head, Rng& rng);
[[nodiscard]] Status check_head(const Database& database, const Sealer& sealer, const ChainHead& head);

// A ledger that nobody had before, in the caller's transaction: its keys and its authority.
[[nodiscard]] Result<Keys> write_new_ledger(const Database& database, const Sealer& sealer, Millis now, Rng& rng);
// The same in a transaction of its own: a crash leaves either nothing or a ledger.
[[nodiscard]] Status create_ledger(const Database& database, const Sealer& sealer, Millis now, Rng& rng);

}  // namespace sekimori::daemon
