// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/reader/private_pcscd.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include <cerrno>
#include <filesystem>
#include <thread>
#include <utility>

#include "tests/lab/reader/listener.hpp"

namespace sekimori::lab {
namespace {

constexpr int kBacklog = 16;

}  // namespace

Outcome<std::string> find_handler() {
    namespace fs = std::filesystem;
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    if (error) return failure("cannot read /proc/self/exe");
    const std::string name = "libsekimori-lab-reader.so";
    // build/bin or build/tests beside build/lib; /usr/bin beside /usr/libexec/sekimori/lab.
    const fs::path root = program.parent_path().parent_path();
    for (const fs::path& candidate : {root / "lib" / name, root / "libexec/sekimori/lab" / name}) {
        if (fs::exists(candidate, error)) return candidate.string();
    }
    return failure(name + " is neither in the build tree nor installed beside this program");
}

Outcome<PrivatePcscd> PrivatePcscd::start(const Options& options) {
    PcscdSpec spec;
    spec.handler = options.handler;
    if (spec.handler.empty()) {
        auto found = find_handler();
        if (!found) return tl::unexpected(found.error());
        spec.handler = std::move(*found);
    }
    PrivatePcscd daemon(options.directory, -1);
    const auto comm = listen_at(daemon.csock_name(), kBacklog);
    if (!comm) return tl::unexpected(comm.error());
    const auto card0 = listen_at(daemon.card_socket(0), kBacklog);
    if (!card0) return tl::unexpected(card0.error());
    const auto card1 = listen_at(daemon.card_socket(1), kBacklog);
    if (!card1) return tl::unexpected(card1.error());
    const UniqueFd log(::open(daemon.log_path().c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600));

    spec.comm = comm->get();
    spec.cards = {card0->get(), card1->get()};
    spec.log = log.get();
    spec.answer_time = options.answer_time;
    const auto pid = spawn_pcscd(spec);
    if (!pid) return tl::unexpected(pid.error());
    daemon.pid_ = *pid;
    return daemon;
}

PrivatePcscd::PrivatePcscd(std::string directory, pid_t pid) : directory_(std::move(directory)), pid_(pid) {}

PrivatePcscd::PrivatePcscd(PrivatePcscd&& other) noexcept
    : directory_(std::move(other.directory_)), pid_(std::exchange(other.pid_, -1)) {}

PrivatePcscd::~PrivatePcscd() { stop(SIGTERM); }

void PrivatePcscd::stop(int signal) {
    if (pid_ <= 0) return;
    ::kill(pid_, signal);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{5};
    while (::waitpid(pid_, nullptr, WNOHANG) == 0) {
        if (std::chrono::steady_clock::now() > deadline) ::kill(pid_, SIGKILL);
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
    pid_ = -1;
    for (const std::string& path : {csock_name(), card_socket(0), card_socket(1)}) ::unlink(path.c_str());
}

}  // namespace sekimori::lab
