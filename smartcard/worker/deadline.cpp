// SPDX-License-Identifier: Apache-2.0
#include "smartcard/worker/deadline.hpp"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "smartcard/worker/exit_codes.hpp"

namespace sekimori::smartcard {
namespace {

// What the signal handler needs; written while no timer runs.
struct {
    int fd{-1};
    const std::uint8_t* bytes{nullptr};
    std::size_t size{0};
} last;

// Async-signal-safe calls only.
extern "C" void sekimori_card_too_late(int) noexcept {
    constexpr std::array line{'s', 'e', 'k', 'i', 'm', 'o', 'r', 'i', '-', 'c', 'a', 'r',
                              'd', ':', ' ', 'd', 'e', 'a', 'd', 'l', 'i', 'n', 'e', '\n'};
    (void)!write(STDERR_FILENO, line.data(), line.size());
    if (last.size > 0) (void)send(last.fd, last.bytes, last.size, MSG_NOSIGNAL | MSG_DONTWAIT);
    _exit(kExitDeadline);
}

}  // namespace

Deadline::Deadline(Millis limit, int fd, SecureBytes last_word) : last_word_(std::move(last_word)) {
    last = {fd, last_word_.data(), last_word_.size()};
    struct sigaction action {};
    action.sa_handler = sekimori_card_too_late;
    sigevent event{};
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGALRM;
    itimerspec at{};
    at.it_value.tv_sec = static_cast<time_t>(limit.count() / 1000);
    at.it_value.tv_nsec = static_cast<long>(limit.count() % 1000) * 1'000'000;
    // Without the guard nothing may be done that could block.
    if (sigaction(SIGALRM, &action, nullptr) != 0 || timer_create(CLOCK_MONOTONIC, &event, &timer_) != 0 ||
        timer_settime(timer_, 0, &at, nullptr) != 0)
        _exit(kExitDeadline);
}

Deadline::~Deadline() {
    (void)timer_delete(timer_);
    // A signal that was already on its way ends the process: rare, and no worse than one tick later.
    last = {};
}

}  // namespace sekimori::smartcard
