// SPDX-License-Identifier: Apache-2.0
// Session: a connection whose calls are waited for, each with an end: for the authority, which does one thing after the
// other. (The agent has fleet/pq/connection.hpp.)
#pragma once

#include <memory>

#include "core/instant.hpp"
#include "fleet/pq/target.hpp"
#include "fleet/pq/values.hpp"

namespace sekimori::fleet {

class Session {
  public:
    // The first host of the target that takes writes. Errors: unavailable.
    [[nodiscard]] static Result<Session> open(const Target& target);
    // Errors: judge()'s; gone and timeout end the session.
    [[nodiscard]] Result<Rows> call(const char* sql, const Arguments& arguments = {});
    // Until something was notified or `limit` is over; what was notified does not matter. `stop` (a descriptor that
    // becomes readable, or -1) ends the wait as well. Errors: gone.
    [[nodiscard]] Status wait(Millis limit, int stop);
    // The server's, DER; empty: none that can be read.
    [[nodiscard]] Bytes peer_certificate() const;
    [[nodiscard]] const std::string& host() const noexcept { return host_; }

  private:
    struct Finish {
        void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
    };
    Session(PGconn* connection, std::string host) : connection_(connection), host_(std::move(host)) {}
    std::unique_ptr<PGconn, Finish> connection_;
    std::string host_;
};

}  // namespace sekimori::fleet
