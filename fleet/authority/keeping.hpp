// SPDX-License-Identifier: Apache-2.0
// What leaves the authority's directory and comes back: the server's certificate, and a backup of every key.
#pragma once

#include "fleet/authority/state.hpp"

namespace sekimori::fleet {

// sekimori-server.pem, sekimori-server.key and sekimori-ca.pem into `directory`, as fleet/server/postgresql.conf names
// them. Errors: refused (passphrase), io.
[[nodiscard]] Status issue_server(const State& state, ByteSpan passphrase, const std::vector<std::string>& hosts,
                                  const std::string& directory, Millis now, Rng& rng);

// Every key and the identity, sealed by the same passphrase. chain.log is not in it: the server has the chain.
[[nodiscard]] Status back_up(const State& state, ByteSpan passphrase, const std::string& file, Rng& rng);
// Into a directory without an authority; as another instance, so that a copy that still runs is noticed. Errors:
// exists, refused, malformed, io.
[[nodiscard]] Status restore_from(const State& state, ByteSpan passphrase, const std::string& file, Rng& rng);

}  // namespace sekimori::fleet
