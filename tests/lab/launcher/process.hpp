// SPDX-License-Identifier: Apache-2.0
// A process that cannot be mistaken for a later one with the same number.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>

namespace sekimori::lab::launcher {

struct Process {
    pid_t pid = -1;
    std::uint64_t start = 0;  // clock ticks after boot: /proc/PID/stat, field 22 (proc(5))

    bool operator==(const Process&) const = default;
};

// The live process of this number; none if there is none, or only a zombie.
[[nodiscard]] std::optional<Process> find_process(pid_t pid);

[[nodiscard]] bool is_alive(const Process& process);

// SIGTERM, and SIGKILL if it is still there after `grace`. Returns when it is gone; a process that is gone already, or
// a later one of the same number, is left alone. Does not reap.
void end_process(const Process& process, std::chrono::milliseconds grace);

// After end_process(), for somebody else's child: until its number is free, at most a second.
void wait_until_reaped(const Process& process);

}  // namespace sekimori::lab::launcher
