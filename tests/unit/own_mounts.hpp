// SPDX-License-Identifier: Apache-2.0
// A child with mounts of its own: what it mounts nobody else sees, and it is gone with the child.
#pragma once

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <string>

namespace sekimori::test {

// Runs `body` in a child; it returns "" or what went wrong.
inline std::string in_child(const std::function<std::string()>& body) {
    int ends[2];
    if (pipe(ends) != 0) return "pipe";
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        const std::string told = body();
        (void)!write(ends[1], told.data(), told.size());
        _exit(told.empty() ? 0 : 1);
    }
    close(ends[1]);
    std::string told;
    char buffer[512];
    for (ssize_t got = 0; (got = read(ends[0], buffer, sizeof buffer)) > 0;)
        told.append(buffer, static_cast<std::size_t>(got));
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    if (!WIFEXITED(status)) told += " (the child died of signal " + std::to_string(WTERMSIG(status)) + ")";
    return told;
}

inline constexpr const char* kNoMount = "no mount namespace";

// A tmpfs of the calling process's own, which has one thread. "" or kNoMount; `options` as mount(8)'s.
inline std::string mount_of_our_own(const std::string& at, const char* options) {
    const uid_t uid = geteuid();
    const gid_t gid = getegid();
    if (unshare(CLONE_NEWNS) != 0) {
        // Without rights: in a user namespace of our own.
        if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return kNoMount;
        std::ofstream("/proc/self/setgroups") << "deny";
        std::ofstream("/proc/self/uid_map") << uid << " " << uid << " 1";
        std::ofstream("/proc/self/gid_map") << gid << " " << gid << " 1";
    }
    if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return kNoMount;
    if (mount("own", at.c_str(), "tmpfs", 0, options) != 0) return kNoMount;
    return "";
}

}  // namespace sekimori::test
