// SPDX-License-Identifier: Apache-2.0
// Sequencer: judges what waits and gives it its place. Pure: no server, disk or clock; what it has placed counts only
// once it is durable, so that whoever can't write it must throw the object away.
#pragma once

#include <vector>

#include "ledger/blob.hpp"
#include "ledger/chain.hpp"
#include "ledger/fleet_records.hpp"

namespace sekimori::fleet {

enum class MaterialKind : std::uint8_t { blob = 1, person_key = 2 };
struct Material {
    MaterialKind kind{};
    Bytes name;
    GroupId group;
    Bytes sealed;
};
// A row of the inbox: hostile.
struct Waiting {
    std::int64_t number{};
    TerminalId from;  // by its certificate
    Hash hash{};
    Bytes signed_statement;
    std::vector<Material> material;
};

struct Placed {
    std::vector<Link> links;
    std::vector<std::int64_t> numbers;      // of the rows that the links came from, one each
    std::vector<std::int64_t> supplements;  // statements that have their entry; their blobs may be missing
    std::vector<std::int64_t> refused;
    std::vector<Bytes> destroyed_blobs;  // nobody needs any more
    std::vector<Bytes> destroyed_persons;
};

class Sequencer {
  public:
    // `keys`: the sequencer's, among them the one that the chain names.
    Sequencer(Root root, std::vector<crypto::SigningKey> keys, Chain chain)
        : root_(std::move(root)), keys_(std::move(keys)), chain_(std::move(chain)) {}

    // Keys that came to be since, by `rotate`.
    void use(std::vector<crypto::SigningKey> keys) { keys_ = std::move(keys); }
    // The first one of a new ledger, or what another copy of the chain already has. Errors: corrupt.
    [[nodiscard]] Status take(const Link& link) { return extend(chain_, root_, link); }
    // Errors: not_found (the chain names a sequencer whose key is not here), crypto.
    [[nodiscard]] Result<Placed> place(const std::vector<Waiting>& waiting, Millis now);
    [[nodiscard]] Result<Bytes> heartbeat(Millis now) const;

    [[nodiscard]] const Chain& chain() const noexcept { return chain_; }
    [[nodiscard]] const Root& root() const noexcept { return root_; }
    [[nodiscard]] const View& view() const noexcept { return chain_.ledger.view(); }

  private:
    [[nodiscard]] const crypto::SigningKey* key_of(const crypto::PublicKey& key) const noexcept;
    [[nodiscard]] Result<Link> next_link(const Statement& statement, SignedStatement sealed, Millis now) const;

    Root root_;
    std::vector<crypto::SigningKey> keys_;
    Chain chain_;
};

}  // namespace sekimori::fleet
