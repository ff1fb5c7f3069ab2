// SPDX-License-Identifier: Apache-2.0
#include "daemon/auth/server.hpp"

#include <algorithm>

#include "event/log.hpp"

namespace sekimori::daemon {

AuthServer::AuthServer(Broker& broker, UniqueFd listener) : broker_(broker), listener_(std::move(listener)) {
    source_ = watch_readable(listener_.get(), [this] { on_listener(); });
}

void AuthServer::on_listener() {
    auto channel = accept_from(listener_.get());
    if (!channel) return;
    auto caller = identify_caller(*channel, broker_.config.lab);
    if (!caller) return;
    const uid_t uid = caller->peer.uid;
    std::size_t unprivileged = 0;
    std::size_t same = 0;
    for (const auto& connection : connections_) {
        if (connection->caller().rank == Rank::root) continue;
        ++unprivileged;
        if (connection->caller().peer.uid == uid) ++same;
    }
    // Half of the places is out of unprivileged callers' reach.
    const bool refused = caller->rank == Rank::unprivileged ? same >= kMaxPerUid || unprivileged >= kMaxConnections / 2
                                                            : connections_.size() >= kMaxConnections;
    if (refused) {
        if (broker_.complaints.take(broker_.clock.now().boottime))
            log_warning("a client of uid {} is turned away: too many connections", uid);
        return;
    }
    connections_.push_back(std::make_unique<Connection>(broker_, std::move(*channel), std::move(*caller),
                                                        [this](Connection* one) { drop(one); }));
}

void AuthServer::drop(Connection* connection) {
    connections_.remove_if([&](const auto& one) { return one.get() == connection; });
}

}  // namespace sekimori::daemon
