// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/launcher/process.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include "tests/lab/unique_fd.hpp"

namespace sekimori::lab::launcher {
namespace {

// A wait that the kernel should end by itself, with a bound all the same.
constexpr std::chrono::milliseconds after_kill{5000};
// Some inits take their time, and some never come.
constexpr std::chrono::milliseconds for_init{1000};

UniqueFd open_pidfd(pid_t pid) { return UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))); }

bool ended_within(const UniqueFd& pidfd, std::chrono::milliseconds limit) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (true) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        pollfd event{pidfd.get(), POLLIN, 0};
        const int ready = poll(&event, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
        if (ready >= 0 || errno != EINTR) {
            return ready > 0;
        }
    }
}

}  // namespace

std::optional<Process> find_process(pid_t pid) {
    std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    if (pid <= 0 || !std::getline(in, line)) {
        return std::nullopt;
    }
    // The second field is the command's name in parentheses, and may hold any character.
    std::istringstream fields(line.substr(std::min(line.rfind(')') + 1, line.size())));
    std::string state;
    fields >> state;
    std::string skipped;
    for (int field = 4; field < 22; ++field) {
        fields >> skipped;
    }
    Process process{pid, 0};
    if (!(fields >> process.start) || state == "Z" || state == "X") {
        return std::nullopt;
    }
    return process;
}

bool is_alive(const Process& process) { return find_process(process.pid) == process; }

void end_process(const Process& process, std::chrono::milliseconds grace) {
    const UniqueFd pidfd = open_pidfd(process.pid);
    // The descriptor is bound to one process; only afterwards is it certain which.
    if (!pidfd || !is_alive(process)) {
        return;
    }
    syscall(SYS_pidfd_send_signal, pidfd.get(), SIGTERM, nullptr, 0);
    if (!ended_within(pidfd, grace)) {
        syscall(SYS_pidfd_send_signal, pidfd.get(), SIGKILL, nullptr, 0);
        ended_within(pidfd, after_kill);
    }
}

void wait_until_reaped(const Process& process) {
    const auto deadline = std::chrono::steady_clock::now() + for_init;
    while (!is_alive(process) && kill(process.pid, 0) == 0 && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
}

}  // namespace sekimori::lab::launcher
