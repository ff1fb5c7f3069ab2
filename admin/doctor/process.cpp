// SPDX-License-Identifier: Apache-2.0
#include "admin/doctor/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>

#include "admin/doctor/tree.hpp"
#include "protocol/channel.hpp"

namespace sekimori::doctor {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kLimit{20};

// The child, waited for in any case.
class Child {
  public:
    Child(const std::vector<std::string>& command, int out) {
        std::vector<char*> arguments;
        std::vector<std::string> copies = command;
        arguments.reserve(copies.size() + 1);
        for (std::string& argument : copies) arguments.push_back(argument.data());
        arguments.push_back(nullptr);
        std::array<char*, 1> environment{nullptr};
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
        posix_spawn_file_actions_adddup2(&actions, out, STDERR_FILENO);
        if (posix_spawn(&pid_, command.front().c_str(), &actions, nullptr, arguments.data(), environment.data()) != 0)
            pid_ = -1;
        posix_spawn_file_actions_destroy(&actions);
    }
    ~Child() {
        if (pid_ < 0) return;
        kill(pid_, SIGKILL);
        while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    Child(Child&&) = delete;
    Child& operator=(Child&&) = delete;
    [[nodiscard]] bool started() const noexcept { return pid_ >= 0; }

  private:
    pid_t pid_{-1};
};

}  // namespace

Result<std::string> output_of(const std::vector<std::string>& command) {
    std::array<int, 2> ends{-1, -1};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return fail(ErrorCode::io, "pipe");
    const UniqueFd in(ends[0]);
    UniqueFd out(ends[1]);
    const Child child(command, out.get());
    if (!child.started()) return fail(ErrorCode::not_found, command.front());
    out.reset();
    std::string text;
    std::array<char, 16384> block{};
    const auto end = Clock::now() + kLimit;
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
        if (left <= 0) return fail(ErrorCode::timeout, command.front());
        pollfd wait{in.get(), POLLIN, 0};
        if (poll(&wait, 1, static_cast<int>(left)) <= 0) continue;
        const ssize_t size = read(in.get(), block.data(), block.size());
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return fail(ErrorCode::io, command.front());
        if (size == 0) return text;
        text.append(block.data(), static_cast<std::size_t>(size));
        if (text.size() > kMaxTreeFile) return fail(ErrorCode::too_large, command.front());
    }
}

}  // namespace sekimori::doctor
