// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/launcher/spawn.hpp"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace sekimori::lab::launcher {
namespace {

constexpr int first_passed = 3;  // sd_listen_fds(3): SD_LISTEN_FDS_START
constexpr int exec_failed = 127;

[[noreturn]] void give_up(const char* what) {
    std::fprintf(stderr, "%s: %s\n", what, std::strerror(errno));
    std::fflush(stderr);
    _exit(exec_failed);
}

// Standard descriptors, then the passed ones, then nothing.
void arrange_descriptors(const ChildSpec& spec, int log, int gate) {
    const int null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(log, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0) {
        _exit(exec_failed);
    }
    // First out of the way of the numbers that are about to be taken.
    const int last = first_passed + static_cast<int>(spec.descriptors.size());
    std::vector<int> aside;
    aside.reserve(spec.descriptors.size());
    for (const int fd : spec.descriptors) {
        aside.push_back(fcntl(fd, F_DUPFD, last + 1));
    }
    const int gate_aside = fcntl(gate, F_DUPFD, last + 1);
    int next = first_passed;
    for (const int fd : aside) {
        if (dup2(fd, next++) < 0) {
            give_up("dup2");
        }
    }
    if (dup2(gate_aside, last) < 0) {
        give_up("dup2");
    }
    syscall(SYS_close_range, last + 1, ~0U, 0);
}

void wait_at_gate(int gate) {
    char released = 0;
    ssize_t got = 0;
    do {
        got = read(gate, &released, 1);
    } while (got < 0 && errno == EINTR);
    if (got != 1) {
        _exit(exec_failed);  // the launcher is gone, or does not want us
    }
    close(gate);
}

void become(const Account& account) {
    if (setgroups(0, nullptr) != 0 || setresgid(account.gid, account.gid, account.gid) != 0 ||
        setresuid(account.uid, account.uid, account.uid) != 0) {
        give_up("cannot change the user");
    }
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
    std::vector<char*> all;
    all.reserve(strings.size() + 1);
    for (std::string& string : strings) {
        all.push_back(string.data());
    }
    all.push_back(nullptr);
    return all;
}

[[noreturn]] void run_child(ChildSpec spec, int log, int gate, pid_t parent) {
    arrange_descriptors(spec, log, gate);
    if (spec.account != nullptr) {
        become(*spec.account);
    }
    // After the change of user, which would take it back (prctl(2)).
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(exec_failed);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    signal(SIGPIPE, SIG_DFL);
    if (spec.activated > 0) {
        spec.environment.push_back("LISTEN_FDS=" + std::to_string(spec.activated));
        spec.environment.push_back("LISTEN_PID=" + std::to_string(getpid()));
    }
    const std::vector<char*> argv = pointers(spec.command);
    const std::vector<char*> envp = pointers(spec.environment);
    wait_at_gate(first_passed + static_cast<int>(spec.descriptors.size()));
    execve(argv[0], argv.data(), envp.data());
    give_up(argv[0]);
}

}  // namespace

void HeldChild::release() {
    if (gate_) {
        [[maybe_unused]] const ssize_t written = write(gate_.get(), "", 1);
        gate_.reset();
    }
}

Result<HeldChild> spawn(const ChildSpec& spec) {
    const UniqueFd log(open(spec.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600));
    std::array<int, 2> gate{};
    if (!log || pipe2(gate.data(), O_CLOEXEC) != 0) {
        return fail(ErrorCode::io, "cannot start " + spec.command.front() + ": " + std::strerror(errno));
    }
    const UniqueFd inner(gate[0]);
    UniqueFd outer(gate[1]);
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid < 0) {
        return fail(ErrorCode::io, "cannot start " + spec.command.front() + ": " + std::strerror(errno));
    }
    if (pid == 0) {
        run_child(spec, log.get(), inner.get(), parent);
    }
    return HeldChild(pid, std::move(outer));
}

}  // namespace sekimori::lab::launcher
