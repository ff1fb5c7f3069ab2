// SPDX-License-Identifier: Apache-2.0
// sekimori-rescue: the code in the sealed envelope. As root.
//
//   sekimori-rescue new  draws a code, keeps its seal, and prints it, this once
//   sekimori-rescue use  reads a code from stdin; by sekimori-gate
#include <fcntl.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include <cstdio>
#include <string_view>

#include "crypto/system.hpp"
#include "session_lock/rescue/code.hpp"
#include "session_lock/rescue/exit.hpp"
#include "session_lock/rescue/shelf.hpp"

namespace sekimori::rescue {
namespace {

constexpr const char* kWall = "/usr/bin/wall";

// What is typed and printed is in no core dump and no other process's reach.
void harden() {
    const rlimit none{0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

int ended(Exit exit, const char* why = nullptr) {
    if (why != nullptr) std::fprintf(stderr, "sekimori-rescue: %s\n", why);
    return static_cast<int>(exit);
}
int ended(const Error& error) { return ended(exit_of(error.code), error.message.c_str()); }

// Whoever looks at any screen of this machine is to know. That it can't be told stops nobody.
void tell_everybody(const char* text) {
    std::string program = kWall, argument = text;
    char* arguments[] = {program.data(), argument.data(), nullptr};
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        posix_spawn_file_actions_addopen(&files, fd, "/dev/null", O_RDWR, 0);
    pid_t pid = -1;
    if (posix_spawn(&pid, kWall, &files, nullptr, arguments, environ) == 0) (void)waitpid(pid, nullptr, 0);
    posix_spawn_file_actions_destroy(&files);
}

int make_new() {
    // On a machine that was not started since the package came, nobody has made it yet.
    if (mkdir(kDirectory, 0700) == 0) (void)chmod(kDirectory, 0755);
    auto shelf = Shelf::open(kDirectory);
    if (!shelf) return ended(shelf.error());
    crypto::SystemRng rng;
    const auto code = draw_code(rng);
    if (!code) return ended(code.error());
    const auto kept = seal(*code, rng);
    if (!kept) return ended(kept.error());
    if (auto stored = shelf->renew(*kept); !stored) return ended(stored.error());
    syslog(LOG_NOTICE, "a new rescue code was made; any code from before is void");
    SecureBytes text = in_groups(*code);
    const auto size = static_cast<ssize_t>(text.size());
    if (text.empty() || write(STDOUT_FILENO, text.data(), text.size()) != size || write(STDOUT_FILENO, "\n", 1) != 1)
        return ended(Exit::failed, "the code can't be shown: make another one");
    return ended(Exit::done);
}

// One line, or what comes before the end.
Result<SecureBytes> line_of(int input) {
    SecureBytes line(kMaxTyped);
    std::size_t size = 0;
    while (size < line.size()) {
        const ssize_t got = read(input, line.data() + size, line.size() - size);
        if (got < 0) return fail(ErrorCode::io, "the code can't be read");
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    while (size > 0 && line.span()[size - 1] == '\n') --size;
    line.truncate(size);
    return line;
}

int use() {
    const auto typed = line_of(STDIN_FILENO);
    if (!typed) return ended(typed.error());
    const auto code = read_code(typed->view());
    if (!code) return ended(code.error());
    auto shelf = Shelf::open(kDirectory);
    if (!shelf) return ended(shelf.error());
    if (auto used = shelf->use(*code); !used) {
        syslog(LOG_ALERT, "a rescue code was refused at the gate: %s", used.error().message.c_str());
        return ended(used.error());
    }
    constexpr const char* kText = "The rescue code was used at the gate: a root shell is open on the console.";
    syslog(LOG_ALERT, "%s", kText);
    tell_everybody(kText);
    return ended(Exit::done);
}

}  // namespace
}  // namespace sekimori::rescue

int main(int argc, char** argv) {
    using namespace sekimori::rescue;
    harden();
    const std::string_view verb = argc == 2 ? argv[1] : "";
    if (verb != "new" && verb != "use") return ended(Exit::usage, "usage: sekimori-rescue new|use");
    openlog("sekimori-rescue", LOG_PID, LOG_AUTHPRIV);
    return verb == "new" ? make_new() : use();
}
