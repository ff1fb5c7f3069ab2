// SPDX-License-Identifier: Apache-2.0
// Papers: what the agent keeps in its directory: where the server is, and the key and certificate that open its door.
// Nothing of it proves anything to the broker.
#pragma once

#include "core/ids.hpp"
#include "fleet/pq/target.hpp"
#include "fleet/tls/certificates.hpp"

namespace sekimori::fleet {

class Papers {
  public:
    explicit Papers(std::string directory) : directory_(std::move(directory)) {}

    // Of a member. Errors: not_found (this terminal has joined no fleet).
    [[nodiscard]] Result<Target> target() const;
    // Without a certificate: for the one who joins.
    [[nodiscard]] Result<Target> joining() const;

    // A join begins: a new key; returns the request for it.
    [[nodiscard]] Result<Bytes> begin(const std::string& server, ByteSpan ca);
    // The certificate must be of the key that begin() made. Errors: mismatch, malformed, io.
    [[nodiscard]] Status finish(ByteSpan certificate);
    void forget() const;

    // What this terminal may have, as the server said when everything of it had come (schema: hello).
    [[nodiscard]] Bytes reach() const;
    void keep_reach(ByteSpan reach) const;

  private:
    [[nodiscard]] std::string path(const char* name) const { return directory_ + "/" + name; }
    std::string directory_;
};

}  // namespace sekimori::fleet
