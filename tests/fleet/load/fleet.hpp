// SPDX-License-Identifier: Apache-2.0
// A fleet of simulated terminals: made by the authority's own code, with keys, certificates and statements of their
// own.
#pragma once

#include "fleet/authority/office.hpp"

namespace sekimori::fleet::load {

struct SimTerminal {
    TerminalId id;
    crypto::SigningKey sign;
    std::string certificate, key;  // files
};

struct SimFleet {
    LedgerId ledger;
    Bytes author;
    std::vector<SimTerminal> terminals;  // the first one may revoke
};

// Enters `count` terminals into the fleet of `state`: statements through the inbox, certificates below `directory`.
[[nodiscard]] Result<SimFleet> make_fleet(const State& state, ByteSpan passphrase, const std::string& directory,
                                          std::size_t count, Clock& clock, Rng& rng);

// A revocation of a card that nobody has, by the first terminal.
[[nodiscard]] Result<SignedStatement> revocation(const SimFleet& fleet, Millis now, Rng& rng);

}  // namespace sekimori::fleet::load
