// SPDX-License-Identifier: Apache-2.0
// AuthServer: the listener of auth.sock and its connections, bounded in number, in all and per uid.
#pragma once

#include <list>
#include <memory>

#include "daemon/auth/connection.hpp"

namespace sekimori::daemon {

class AuthServer {
  public:
    static constexpr std::size_t kMaxConnections = 64;
    static constexpr std::size_t kMaxPerUid = 8;  // of unprivileged uids; root's share is never taken by them

    AuthServer(Broker& broker, UniqueFd listener);

  private:
    void on_listener();
    void drop(Connection* connection);
    Broker& broker_;
    UniqueFd listener_;
    std::list<std::unique_ptr<Connection>> connections_;
    Source source_;
};

}  // namespace sekimori::daemon
