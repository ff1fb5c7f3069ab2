// SPDX-License-Identifier: Apache-2.0
// The chain: link after link verified against the authority's key, and the ledger that comes of them. Without disk; the
// broker keeps its chain in tables, and whoever orders statements extends the same.
#pragma once

#include <optional>
#include <vector>

#include "core/ports.hpp"
#include "ledger/entry.hpp"
#include "ledger/ledger.hpp"
#include "ledger/shared_list.hpp"

namespace sekimori {

// A statement that was verified, with the bytes that were.
struct Verified {
    SignedStatement sealed;
    Statement statement;
};
struct Link {
    SignedEntry entry;
    SignedStatement statement;
};

// What everything else is believed from.
struct Root {
    LedgerId ledger;
    Bytes author;                                // the authority's public key
    std::optional<crypto::PublicKey> sequencer;  // the first one, where it is known beforehand
};

struct Chain {
    Ledger ledger;
    ChainHead head;
    SharedList<Hash> hashes;  // of the entries, by seq - 1
};

// Verifies that the link follows and that its author may say it, by what was placed before and at the entry's time;
// then takes it in. Denials that wait and are not their authors' to say any more are forgotten: they can have no entry,
// and would be laid over every later one. On an error the chain is as before. The first statement must be the
// authority's of this root. Errors: corrupt, naming the seq.
[[nodiscard]] Status extend(Chain& chain, const Root& root, const Link& link);
// As many as there are, at least one.
[[nodiscard]] Result<Chain> verify_chain(const Root& root, const std::vector<Link>& links);

// Who places statements.
struct Placing {
    LedgerId ledger;
    std::uint32_t epoch{1};
    const crypto::SigningKey& sequencer;
};
// The next link. `now` is wall time; the entry's time never goes back.
[[nodiscard]] Result<Link> make_link(const ChainHead& head, const Placing& placing, SignedStatement statement,
                                     Millis now);

// The first statement of a new ledger. Precondition: the root names a sequencer; `author` signs with the root's key.
[[nodiscard]] Result<SignedStatement> authority_statement(const Root& root, const Signer& author, Millis now, Rng& rng);

}  // namespace sekimori
