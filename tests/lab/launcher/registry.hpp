// SPDX-License-Identifier: Apache-2.0
// Tells the broker which processes are its workers, over a descriptor that it inherits: one datagram, "card PID" or
// "finger PID", before the worker runs. A worker that the launcher did not start is nobody.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>

#include "core/result.hpp"
#include "tests/lab/unique_fd.hpp"

namespace sekimori::lab::launcher {

class WorkerRegistry {
  public:
    // The broker's end for a broker that is about to start. It finds every worker known so far in it.
    [[nodiscard]] Result<UniqueFd> connect_broker();
    // A new worker takes the place of the former one of its class.
    void add(const std::string& worker, pid_t pid);
    void remove(const std::string& worker) { workers_.erase(worker); }

  private:
    void tell(const std::string& worker, pid_t pid) const;

    UniqueFd ours_;
    std::map<std::string, pid_t> workers_;
};

}  // namespace sekimori::lab::launcher
