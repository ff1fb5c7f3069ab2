// SPDX-License-Identifier: Apache-2.0
// When certificates end: the authority's, its own, the server's and the terminals'; and what a person must do in time.
#pragma once

#include "fleet/authority/server.hpp"
#include "fleet/authority/state.hpp"

namespace sekimori::fleet {

struct Expiry {
    Millis ca{}, own{}, server{};  // wall time; server: 0, where it can't be read
    CertificateCounts terminals;
};
// Errors: what reading the directory and asking the server say.
[[nodiscard]] Result<Expiry> expiry_of(const State& state, Server& server);
// One line each; nothing: all is well.
[[nodiscard]] std::vector<std::string> warnings(const Expiry& expiry, Millis now);

}  // namespace sekimori::fleet
