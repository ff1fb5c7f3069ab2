// SPDX-License-Identifier: Apache-2.0
// Papers: what the agent keeps in its directory: where the server is, and the key and certificate that open its door.
// Nothing of it proves anything to the broker.
//
//     tls.pem    certificate and key in one file, so that both change at once; it makes the terminal a member
//     next.pem   the same, renewed, and not seen to work yet        renew.key   of the request that waits (may be
//     empty) ca.pem server   as of the last token                          join.*      of a join that has begun
#pragma once

#include "core/ids.hpp"
#include "fleet/pq/target.hpp"
#include "fleet/tls/certificates.hpp"

namespace sekimori::fleet {

enum class Pair : std::uint8_t { current, next };

class Papers {
  public:
    explicit Papers(std::string directory) : directory_(std::move(directory)) {}

    // Of a member. Errors: not_found (this terminal has joined no fleet, or nothing is renewed).
    [[nodiscard]] Result<Target> target(Pair pair) const;
    // Without a certificate: for the one who joins.
    [[nodiscard]] Result<Target> joining() const;

    // A join begins: a new key; returns the request for it. What is there stays until finish().
    [[nodiscard]] Result<Bytes> begin(const std::string& server, ByteSpan ca);
    // The certificate must be of the key that begin() made. Errors: mismatch, malformed, io.
    [[nodiscard]] Status finish(ByteSpan certificate);
    void forget() const;

    // Of the current pair. Errors: not_found, malformed.
    [[nodiscard]] Result<Facts> certificate() const;
    [[nodiscard]] bool has(const char* name) const;
    // A renewal begins, or goes on: a request for its key.
    [[nodiscard]] Result<Bytes> begin_renewal() const;
    // An answer (the bytes of a RenewalAnswer) becomes the next pair: of that key, in this terminal's name, by the
    // authority that is known here, and longer than the one there is. Errors: mismatch, malformed, io; nothing was
    // changed then.
    [[nodiscard]] Status take_renewal(ByteSpan bytes, const TerminalId& terminal, Millis now) const;
    // The next pair was seen to work, or not to.
    [[nodiscard]] Status keep_next() const;
    void drop_next() const;
    void drop_renewal() const;

    // What this terminal may have, as the server said when everything of it had come (schema: hello).
    [[nodiscard]] Bytes reach() const;
    void keep_reach(ByteSpan reach) const;

  private:
    [[nodiscard]] std::string path(const char* name) const { return directory_ + "/" + name; }
    [[nodiscard]] Status write_pair(const char* name, ByteSpan certificate, ByteSpan key) const;
    std::string directory_;
};

}  // namespace sekimori::fleet
