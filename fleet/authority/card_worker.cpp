// SPDX-License-Identifier: Apache-2.0
#include "fleet/authority/card_worker.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "core/build.hpp"
#include "protocol/schema.hpp"

namespace sekimori::fleet {
namespace {

namespace fs = std::filesystem;

constexpr Millis kHello{10'000};
constexpr int kSocket = 3;      // in the child
constexpr int kAbove = 10;      // ours, so that no dup2 of the child overwrites one that is still needed
constexpr int kEndMs = 15'000;  // it ends a card's work first, and bounds that itself
constexpr const char* kName = "sekimori-card";

// In a build tree both programs lie in one directory.
std::string program() {
    std::error_code error;
    const fs::path beside = fs::read_symlink("/proc/self/exe", error).parent_path() / kName;
    if (!error && fs::exists(beside, error)) return beside.string();
    return std::string(SEKIMORI_LIBEXECDIR) + "/" + kName;
}

UniqueFd above(int fd) { return UniqueFd(fcntl(fd, F_DUPFD_CLOEXEC, kAbove)); }

// -1: not started.
pid_t spawn(const std::string& path, const std::string& config, int socket, int log) {
    std::string name = kName, authority = "--authority", fd = std::to_string(kSocket), option = "--config",
                file = config;
    const std::array<char*, 6> arguments{name.data(), authority.data(), fd.data(), option.data(), file.data(), nullptr};
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDWR, 0);
    posix_spawn_file_actions_adddup2(&files, STDIN_FILENO, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, log, STDERR_FILENO);
    posix_spawn_file_actions_adddup2(&files, socket, kSocket);
    posix_spawn_file_actions_addclosefrom_np(&files, kSocket + 1);  // a passphrase's descriptor is not close-on-exec
    pid_t pid = -1;
    const int code = posix_spawn(&pid, path.c_str(), &files, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&files);
    return code == 0 ? pid : -1;
}

}  // namespace

Result<CardWorker> CardWorker::start(const std::string& config) {
    auto pair = Channel::pair();
    if (!pair) return tl::unexpected<Error>(pair.error());
    const UniqueFd theirs = above(pair->second.fd());
    const UniqueFd memory(memfd_create("sekimori-card", MFD_CLOEXEC));
    UniqueFd log = above(memory.get());
    if (!theirs || !log) return fail(ErrorCode::io, "sekimori-card: no descriptors are left");
    const std::string path = program();
    const pid_t pid = spawn(path, config, theirs.get(), log.get());
    if (pid < 0) return fail(ErrorCode::unavailable, path + " can't be started");
    pair->second = Channel();
    CardWorker worker(std::move(pair->first), std::move(log), pid);
    if (auto greeted = worker.greet(); !greeted) {
        const std::string words = worker.last_words();
        return fail(ErrorCode::unavailable, words.empty() ? greeted.error().message : words);
    }
    return worker;
}

Status CardWorker::greet() {
    const auto hello = channel_.receive_as<wire::WorkerHello>(kHello);
    if (!hello) return tl::unexpected<Error>(hello.error());
    if (hello->worker != wire::WorkerClass::card || hello->build != kBuild)
        return fail(ErrorCode::mismatch, "sekimori-card is of another build than sekimori-authority");
    return channel_.send(wire::WorkerWelcome{});
}

std::string CardWorker::last_words() const {
    std::array<char, 512> tail{};
    struct stat info {};
    if (!log_ || fstat(log_.get(), &info) != 0) return "";
    const off_t from = std::max<off_t>(info.st_size - static_cast<off_t>(tail.size()), 0);
    const ssize_t count = pread(log_.get(), tail.data(), tail.size(), from);
    std::string text(tail.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text.substr(text.rfind('\n') + 1);  // npos + 1 is 0
}

CardWorker::CardWorker(CardWorker&& other) noexcept
    : channel_(std::move(other.channel_)), log_(std::move(other.log_)), pid_(std::exchange(other.pid_, -1)) {}

CardWorker::~CardWorker() {
    channel_ = Channel();
    if (pid_ < 0) return;
    const UniqueFd process(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
    pollfd one{process.get(), POLLIN, 0};
    if (!process || poll(&one, 1, kEndMs) != 1) (void)kill(pid_, SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

}  // namespace sekimori::fleet
