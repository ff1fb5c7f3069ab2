// SPDX-License-Identifier: Apache-2.0
#include "admin/enforcer.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace sekimori::admin {
namespace {

constexpr const char* kProgram = SEKIMORI_LIBEXECDIR "/sekimori-enforce";
constexpr const char* kTrial = SEKIMORI_ETC "/trial";
constexpr const char* kEnforced = SEKIMORI_ETC "/enforced";

tl::unexpected<Failure> not_started(int code) {
    return refuse("io", std::string(kProgram) + ": " + std::strerror(code), "Is the package installed?");
}

}  // namespace

Outcome<void> SystemEnforcer::run(const std::string& step) {
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);  // stdout is the answer's
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;  // this process has blocked what ends it
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    // A group of its own: whoever gives up at the keyboard ends us, and we take back what was begun.
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    std::string program = kProgram, argument = step;
    char* arguments[] = {program.data(), argument.data(), nullptr};
    pid_t pid = -1;
    const int code = posix_spawn(&pid, kProgram, &files, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    if (code != 0) return not_started(code);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return not_started(errno);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return refuse("refused", "The machine was not switched over or back; see the lines above.");
    return {};
}

Enforcer::State SystemEnforcer::state() const {
    if (access(kTrial, F_OK) == 0) return State::trial;
    return access(kEnforced, F_OK) == 0 ? State::on : State::off;
}

std::optional<std::string> SystemEnforcer::trial_since() const {
    std::ifstream file(kTrial);
    std::string line;
    if (!std::getline(file, line) || line.empty()) return std::nullopt;
    return line;
}

}  // namespace sekimori::admin
