// SPDX-License-Identifier: Apache-2.0
// What the chain came to when it was verified, kept for the next start, so that a ledger of thirty thousand people is
// there at once. Sealed under a key of its own, which lies sealed under the top key in the table `keys`: nobody writes
// one who could not write the ledger's own keys. It holds names, so that its key is destroyed when somebody's data is.
//
// Only this build reads it, and only for the ledger and authority it was made for. Whatever does not fit, the whole
// chain is verified instead.
#pragma once

#include "daemon/store/chain.hpp"

namespace sekimori::daemon {

// The rows of the chain up to `seq` as they lie in the tables, signatures and all.
struct RowsSeen {
    std::uint64_t seq{0};
    Hash digest{};
};

// Looks at the rows behind `seen`, `most` at most. Errors: corrupt (a row that is not what `chain` took in), io.
[[nodiscard]] Status look_at_rows(const Database& database, const Chain& chain, std::size_t most, RowsSeen& seen);

struct KeptView {
    Chain chain;
    RowsSeen rows;  // of all of it
};

class ViewKeeper {
  public:
    explicit ViewKeeper(const std::string& directory);
    // Errors: not_found (none was kept), mismatch, corrupt, malformed (not to be used).
    [[nodiscard]] Result<KeptView> load(const Database& database, const Sealer& sealer, const Keys& keys) const;
    // Durable. Preconditions: nothing is pending, all of the chain is on disk, `rows` is of all of it. Errors: full,
    // io.
    [[nodiscard]] Status keep(const Database& database, const Sealer& sealer, const Keys& keys, const Chain& chain,
                              const RowsSeen& rows, Rng& rng) const;
    // In the caller's transaction or by itself.
    [[nodiscard]] static Status drop(const Database& database);

  private:
    std::string path_, build_;
};

}  // namespace sekimori::daemon
