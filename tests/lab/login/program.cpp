// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/login/program.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace sekimori::lab::login {

bool run_as(const std::string& user, const std::string& program) {
    const passwd* entry = getpwnam(user.c_str());
    if (entry == nullptr) return false;
    const std::string name = entry->pw_name, home = std::string("HOME=") + entry->pw_dir;
    const uid_t uid = entry->pw_uid;
    const gid_t gid = entry->pw_gid;
    const pid_t child = fork();
    if (child < 0) return false;
    if (child == 0) {
        const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || setsid() < 0) _exit(126);
        if (initgroups(name.c_str(), gid) != 0 || setgid(gid) != 0 || setuid(uid) != 0) _exit(126);
        const std::string variable = "USER=" + name;
        const char* environment[] = {"PATH=/usr/local/bin:/usr/bin:/bin", home.c_str(), variable.c_str(), nullptr};
        const char* arguments[] = {program.c_str(), nullptr};
        execve(program.c_str(), const_cast<char**>(arguments), const_cast<char**>(environment));
        _exit(127);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return false;
    return !WIFEXITED(status) || (WEXITSTATUS(status) != 126 && WEXITSTATUS(status) != 127);
}

}  // namespace sekimori::lab::login
