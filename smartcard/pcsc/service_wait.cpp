// SPDX-License-Identifier: Apache-2.0
#include "smartcard/pcsc/service_wait.hpp"

#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace sekimori::smartcard::pcsc {
namespace {

// Where libpcsclite looks: its compiled-in path, or (lab mode only, it is scrubbed elsewhere) the environment's.
std::string directory_of_socket() {
    const char* name = getenv("PCSCLITE_CSOCK_NAME");
    const std::string path = name == nullptr ? "/run/pcscd/pcscd.comm" : name;
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? "." : path.substr(0, slash);
}

}  // namespace

ServiceWait::ServiceWait()
    : watch_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)),
      wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      directory_(directory_of_socket()) {}

void ServiceWait::pause() {
    // Adding a watch twice is one watch. A directory that is not there yet is tried again after the pause.
    (void)inotify_add_watch(watch_.get(), directory_.c_str(), IN_CREATE | IN_MOVED_TO | IN_ATTRIB);
    std::array<pollfd, 2> items{pollfd{watch_.get(), POLLIN, 0}, pollfd{wake_.get(), POLLIN, 0}};
    (void)poll(items.data(), items.size(), static_cast<int>(pause_.count()));
    drain();
    pause_ = std::min(pause_ * 2, kMost);
}

void ServiceWait::wake() const noexcept {
    const std::uint64_t one = 1;
    (void)!write(wake_.get(), &one, sizeof one);
}

void ServiceWait::drain() const noexcept {
    std::array<char, 4096> buffer{};
    while (read(watch_.get(), buffer.data(), buffer.size()) > 0) {
    }
}

}  // namespace sekimori::smartcard::pcsc
