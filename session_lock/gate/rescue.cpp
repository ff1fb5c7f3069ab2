// SPDX-License-Identifier: Apache-2.0
#include "session_lock/gate/rescue.hpp"

#include <fcntl.h>
#include <libintl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "protocol/channel.hpp"
#include "session_lock/rescue/exit.hpp"

namespace sekimori::gate {
namespace {

constexpr const char* kCode = "/var/lib/sekimori-rescue/code";
constexpr const char* kRescue = SEKIMORI_LIBEXECDIR "/sekimori-rescue";
constexpr const char* kShell = "/usr/sbin/sulogin";
constexpr Millis kTyping = std::chrono::minutes{3};
constexpr int kNotRun = -1;

const char* tr(const char* english) { return gettext(english); }

// To its end, with no signal blocked: its exit code, or kNotRun.
int run(const char* path, std::array<const char*, 3> arguments, int input, int output) {
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, output, STDERR_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    pid_t pid = -1;
    // execve's contract leaves the strings alone.
    const int code = posix_spawn(&pid, path, &files, &attributes, const_cast<char* const*>(arguments.data()), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    if (code != 0) return kNotRun;
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return kNotRun;
    return WIFEXITED(status) ? WEXITSTATUS(status) : kNotRun;
}

int compare(const SecureBytes& typed) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return kNotRun;
    UniqueFd read_end(ends[0]), write_end(ends[1]);
    // A line is smaller than a pipe: it fits before anybody reads it.
    const bool written = write(write_end.get(), typed.data(), typed.size()) == static_cast<ssize_t>(typed.size());
    write_end.reset();
    return written ? run(kRescue, {kRescue, "use", nullptr}, read_end.get(), STDERR_FILENO) : kNotRun;
}

const char* text_of(int code) {
    using rescue::Exit;
    if (code == static_cast<int>(Exit::refused)) return tr("This is not the rescue code. Each try is counted.");
    if (code == static_cast<int>(Exit::no_code)) return tr("This is no rescue code: a letter is wrong or missing.");
    if (code == static_cast<int>(Exit::nothing)) return tr("There is no rescue code any more: see the manual.");
    return tr("The rescue code could not be used: see the manual.");
}

}  // namespace

bool rescue_exists() { return access(kCode, F_OK) == 0; }

void rescue(Console& console) {
    const auto typed = console.ask(tr("Rescue code from the sealed envelope (nothing: back to card and finger): "),
                                   Echo::off, kTyping);
    if (!typed) return;
    const int code = compare(*typed);
    if (code != static_cast<int>(rescue::Exit::done)) return console.line(text_of(code));
    console.line(tr("Accepted, and used up. This shell is root's: what is done in it has to be written down."));
    // Where root has a password it is asked for as well.
    console.lend();
    (void)run(kShell, {kShell, "--force", nullptr}, STDIN_FILENO, STDOUT_FILENO);
    console.take_back();
    console.line(tr("The shell has ended. This machine is closed as before."));
}

}  // namespace sekimori::gate
