// SPDX-License-Identifier: Apache-2.0
// Starts a child with exactly the descriptors, environment and account that it is given, and holds it before its
// program runs until it is released.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "core/result.hpp"
#include "tests/lab/unique_fd.hpp"

namespace sekimori::lab::launcher {

struct Account {
    uid_t uid;
    gid_t gid;
};

struct ChildSpec {
    std::vector<std::string> command;      // the program's path first
    std::vector<std::string> environment;  // NAME=value; nothing else is passed on
    std::string log;                       // appended to: its standard output and error
    std::vector<int> descriptors;          // the caller's; become 3, 4, ... in the child
    std::size_t activated = 0;             // so many of them are announced as sd_listen_fds(3) wants
    const Account* account = nullptr;      // root only: becomes this user without further groups
};

class HeldChild {
  public:
    explicit HeldChild(pid_t pid, UniqueFd gate = UniqueFd()) : pid_(pid), gate_(std::move(gate)) {}

    [[nodiscard]] pid_t pid() const { return pid_; }
    // Lets the program run. A child that is never released ends when this object goes.
    void release();

  private:
    pid_t pid_;
    UniqueFd gate_;
};

// Precondition: called from a process with one thread. The child is killed when that process dies.
[[nodiscard]] Result<HeldChild> spawn(const ChildSpec& spec);

}  // namespace sekimori::lab::launcher
