// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/launcher/registry.hpp"

#include <sys/socket.h>

#include <array>

namespace sekimori::lab::launcher {

Result<UniqueFd> WorkerRegistry::connect_broker() {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        return fail(ErrorCode::io, "no socket pair for the broker");
    }
    ours_ = UniqueFd(ends[0]);
    UniqueFd theirs(ends[1]);
    for (const auto& [worker, pid] : workers_) {
        tell(worker, pid);
    }
    return theirs;
}

void WorkerRegistry::add(const std::string& worker, pid_t pid) {
    workers_[worker] = pid;
    tell(worker, pid);
}

void WorkerRegistry::tell(const std::string& worker, pid_t pid) const {
    const std::string line = worker + " " + std::to_string(pid);
    // A broker that is gone hears it when it is back; one that does not read is not worth waiting for.
    if (ours_) {
        send(ours_.get(), line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    }
}

}  // namespace sekimori::lab::launcher
