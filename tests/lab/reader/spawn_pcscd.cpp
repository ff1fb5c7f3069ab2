// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>
#include <vector>

#include "tests/lab/reader/private_pcscd.hpp"

namespace sekimori::lab {
namespace {

// Where the child finds what: sd_listen_fds(3) fixes 3 for the activated socket, the rest is ours.
enum Slot : int { kComm = 3, kCard0, kCard1, kConfig, kHandler, kFirstUnused };

// Debian's nobody/nogroup, also the kernel's overflow ids.
constexpr uid_t kNobody = 65534;

// A file without a name that any uid may open through /proc/self/fd.
Outcome<UniqueFd> nameless_file(const char* label) {
    UniqueFd fd(::memfd_create(label, MFD_CLOEXEC));
    if (!fd || ::fchmod(fd.get(), 0444) != 0) return failure("memfd_create failed");
    return fd;
}

bool write_all(int fd, ByteView bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::write(fd, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return true;
}

Outcome<UniqueFd> copy_of_handler(const std::string& path) {
    const UniqueFd from(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!from) return failure("cannot open " + path + ": " + std::strerror(errno));
    auto to = nameless_file("sekimori-lab-reader.so");
    if (!to) return to;
    std::vector<std::uint8_t> chunk(65536);
    for (;;) {
        const ssize_t n = ::read(from.get(), chunk.data(), chunk.size());
        if (n == 0) return to;
        if (n < 0 || !write_all(to->get(), ByteView(chunk).first(static_cast<std::size_t>(n))))
            return failure("cannot copy " + path);
    }
}

Outcome<UniqueFd> configuration(const PcscdSpec& spec) {
    std::string text;
    for (std::size_t i = 0; i < kReaders; ++i) {
        text += "FRIENDLYNAME \"" + std::string(kReaderName) + "\"\n";
        text += "DEVICENAME /dev/null:fd=" + std::to_string(kCard0 + static_cast<int>(i)) +
                ":timeout=" + std::to_string(spec.answer_time.count()) + "\n";
        text += "LIBPATH /proc/self/fd/" + std::to_string(kHandler) + "\n";
        text += "CHANNELID " + std::to_string(i) + "\n\n";
    }
    auto fd = nameless_file("reader.conf");
    if (fd && !write_all(fd->get(), text_bytes(text))) return failure("cannot write the configuration");
    return fd;
}

// pcscd refuses to start where this directory is missing, though it then needs nothing in it.
constexpr const char* kRunDirectory = "/run/pcscd";

struct Child {
    std::array<int, kFirstUnused> fds{};  // what becomes descriptor i; -1: /dev/null
    std::array<char*, 5> argv{};
    std::array<char*, 4> envp{};
    char* pid_digits = nullptr;    // end of "LISTEN_PID=" inside envp, with room for a pid
    std::string uid_map, gid_map;  // for own_run_directory()
    pid_t parent = 0;
    Lifetime lifetime = Lifetime::WithParent;
};

constexpr std::size_t kPidRoom = 16;

bool write_file(const char* path, std::string_view text) {
    const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
    const bool done = fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    ::close(fd);
    return done;
}

// Without privilege, on a machine where no pcscd ever ran: a /run of its own in a user and mount namespace.
bool own_run_directory(const Child& child) {
    return ::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && write_file("/proc/self/setgroups", "deny") &&
           write_file("/proc/self/uid_map", child.uid_map) && write_file("/proc/self/gid_map", child.gid_map) &&
           ::mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=1m") == 0 &&
           ::mkdir(kRunDirectory, 0755) == 0;
}

// After fork in a process with threads: async-signal-safe calls only.
[[noreturn]] void become_pcscd(Child& child) {
    constexpr int aside = 64;  // above every descriptor that is about to be overwritten
    for (int& fd : child.fds) {
        fd = fd >= 0 ? ::fcntl(fd, F_DUPFD, aside) : ::open("/dev/null", O_RDWR);
        if (fd < 0) ::_exit(126);
    }
    for (int i = 0; i < kFirstUnused; ++i) {
        if (::dup2(child.fds[static_cast<std::size_t>(i)], i) < 0) ::_exit(126);
    }
    ::syscall(SYS_close_range, kFirstUnused, ~0U, 0);

    if (::geteuid() == 0) {
        if (::setgroups(0, nullptr) != 0 || ::setresgid(kNobody, kNobody, kNobody) != 0 ||
            ::setresuid(kNobody, kNobody, kNobody) != 0)
            ::_exit(126);
    } else if (::access(kRunDirectory, F_OK) != 0) {
        (void)own_run_directory(child);  // pcscd says what is missing
    }
    ::setsid();
    if (child.lifetime == Lifetime::WithParent) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != child.parent) ::_exit(126);
    }
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);

    *std::to_chars(child.pid_digits, child.pid_digits + kPidRoom, ::getpid()).ptr = '\0';
    ::execve(child.argv[0], child.argv.data(), child.envp.data());
    ::_exit(127);
}

}  // namespace

Outcome<pid_t> spawn_pcscd(const PcscdSpec& spec) {
    const auto config = configuration(spec);
    if (!config) return tl::unexpected(config.error());
    const auto handler = copy_of_handler(spec.handler);
    if (!handler) return tl::unexpected(handler.error());
    if (::access(spec.program.c_str(), X_OK) != 0)
        return failure(spec.program + " is not there (Debian package pcscd)");

    std::string program = spec.program;
    std::string foreground = "--foreground";
    std::string config_option = "--config=/proc/self/fd/" + std::to_string(kConfig);
    std::string path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    std::string fds = "LISTEN_FDS=1";
    std::string pid_variable = "LISTEN_PID=";
    const std::size_t digits_at = pid_variable.size();
    pid_variable.resize(digits_at + kPidRoom + 1);

    Child child;
    child.fds = {-1, spec.log, spec.log, spec.comm, spec.cards[0], spec.cards[1], config->get(), handler->get()};
    child.argv = {program.data(), foreground.data(), config_option.data(), nullptr};
    child.envp = {path.data(), fds.data(), pid_variable.data(), nullptr};
    child.pid_digits = pid_variable.data() + digits_at;
    const std::string uid = std::to_string(::geteuid());
    const std::string gid = std::to_string(::getegid());
    child.uid_map = uid + " " + uid + " 1";
    child.gid_map = gid + " " + gid + " 1";
    if (::geteuid() == 0) ::mkdir(kRunDirectory, 0755);
    child.parent = ::getpid();
    child.lifetime = spec.lifetime;

    const pid_t pid = ::fork();
    if (pid < 0) return failure("cannot fork");
    if (pid == 0) become_pcscd(child);
    return pid;
}

}  // namespace sekimori::lab
