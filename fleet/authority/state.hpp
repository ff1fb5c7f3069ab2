// SPDX-License-Identifier: Apache-2.0
// What lies in the authority's directory (0700), and how it comes to be. `identity` is written last: a directory
// without it was never finished and is begun anew.
//
//     identity        the ledger, the authority's public key, the server     vault    sealed by the passphrase
//     sequencer.key   seeds of the sequencer's keys, newest last             chain.log
//     ca.pem authority.pem authority.key   for TLS                           instance of this copy: in sequencer.key
//     clock           by what time was signed (clock_guard.hpp)
#pragma once

#include "fleet/authority/author.hpp"
#include "fleet/authority/clock_guard.hpp"
#include "fleet/authority/sequencer.hpp"
#include "fleet/authority/vault.hpp"
#include "fleet/pq/target.hpp"
#include "protocol/channel.hpp"

namespace sekimori::fleet {

struct Identity {
    std::uint8_t fmt{1};
    LedgerId ledger;
    Bytes author;
    std::string server, database;
    static constexpr auto kFields =
        std::tuple{field<1>(&Identity::fmt), field<2>(&Identity::ledger), field<3>(&Identity::author, kMaxAuthorKey),
                   field<4>(&Identity::server, 512), field<5>(&Identity::database, 64)};
};
struct SequencerKeys {
    std::uint8_t fmt{1};
    std::array<std::uint8_t, 16> instance{};  // of this copy of the directory: two of them must not both place entries
    std::vector<SecureBytes> seeds;
    static constexpr auto kFields = std::tuple{field<1>(&SequencerKeys::fmt), field<2>(&SequencerKeys::instance),
                                               field<3>(&SequencerKeys::seeds, 64)};
};

class State {
  public:
    explicit State(std::string directory) : directory_(std::move(directory)) {}
    [[nodiscard]] std::string path(const char* name) const { return directory_ + "/" + name; }

    // Errors: not_found (not initialised), malformed, io.
    [[nodiscard]] Result<Identity> identity() const;
    [[nodiscard]] Result<SequencerKeys> sequencer_keys() const;
    [[nodiscard]] Status keep(const SequencerKeys& keys) const;
    // Errors: not_found (nothing was signed yet), malformed, io.
    [[nodiscard]] Result<ClockRecord> clock() const;
    [[nodiscard]] Status keep(const ClockRecord& clock) const;
    [[nodiscard]] Result<Vault> vault(ByteSpan passphrase) const;
    [[nodiscard]] Status keep(const Vault& vault, ByteSpan passphrase, const crypto::ScryptCost& cost, Rng& rng) const;
    [[nodiscard]] Result<Target> target() const;
    // For whoever reads the vault and writes it again; waits. Ends with the descriptor. Errors: io.
    [[nodiscard]] Result<UniqueFd> lock() const;

  private:
    std::string directory_;
};

struct Founding {
    std::string server, database{"sekimori"}, group{"main"};
    crypto::ScryptCost cost;
    Author* author{nullptr};  // on a card; none: a new key, in the vault
};
// A new fleet. Errors: exists, refused (the directory), what signing and writing say.
[[nodiscard]] Result<Identity> found(const State& state, const Founding& what, ByteSpan passphrase, Millis now,
                                     Rng& rng);

[[nodiscard]] Result<std::vector<crypto::SigningKey>> signing_keys(const SequencerKeys& keys);

}  // namespace sekimori::fleet
