// SPDX-License-Identifier: Apache-2.0
#include "admin/envelope.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "protocol/channel.hpp"

namespace sekimori::admin {
namespace {

constexpr const char* kProgram = SEKIMORI_LIBEXECDIR "/sekimori-rescue";
constexpr std::size_t kMaxCode = 64;

tl::unexpected<Failure> not_started(int code) {
    return refuse("io", std::string(kProgram) + ": " + std::strerror(code), "Is the package installed?");
}

std::string all_of(int fd) {
    std::string text;
    std::array<char, kMaxCode> buffer{};
    for (;;) {
        const ssize_t got = read(fd, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0 || text.size() > kMaxCode) return text;
        text.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

}  // namespace

Outcome<std::string> new_rescue_code() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return not_started(errno);
    const UniqueFd from(ends[0]);
    UniqueFd to(ends[1]);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, to.get(), STDOUT_FILENO);
    std::string program = kProgram, verb = "new";
    char* arguments[] = {program.data(), verb.data(), nullptr};
    pid_t pid = -1;
    const int code = posix_spawn(&pid, kProgram, &files, nullptr, arguments, environ);
    posix_spawn_file_actions_destroy(&files);
    to.reset();
    if (code != 0) return not_started(code);
    std::string text = all_of(from.get());
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return not_started(errno);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || text.empty())
        return refuse("refused", "No rescue code was made; see the lines above.");
    return text;
}

}  // namespace sekimori::admin
