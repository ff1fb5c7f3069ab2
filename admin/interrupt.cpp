// SPDX-License-Identifier: Apache-2.0
#include "admin/interrupt.hpp"

#include <signal.h>
#include <sys/signalfd.h>

#include <cerrno>
#include <cstring>

namespace sekimori::admin {

Result<Interrupt> Interrupt::block_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, number);
    if (sigprocmask(SIG_BLOCK, &set, nullptr) != 0) return fail(ErrorCode::io, std::strerror(errno));
    UniqueFd fd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd) return fail(ErrorCode::io, std::strerror(errno));
    // A pipe that nobody reads any more is an error of write, not a death.
    signal(SIGPIPE, SIG_IGN);
    return Interrupt(std::move(fd));
}

}  // namespace sekimori::admin
