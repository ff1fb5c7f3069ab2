// SPDX-License-Identifier: Apache-2.0
#include "admin/line_reader.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace sekimori::admin {

EchoGuard::EchoGuard(int fd, Echo echo) noexcept {
    if (echo == Echo::on || isatty(fd) == 0 || tcgetattr(fd, &before_) != 0) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    silent.c_lflag |= ECHONL;
    // TCSAFLUSH: what was typed before the question is no answer to it.
    if (tcsetattr(fd, TCSAFLUSH, &silent) == 0) fd_ = fd;
}

EchoGuard::~EchoGuard() {
    if (fd_ >= 0) tcsetattr(fd_, TCSANOW, &before_);
}

LineReader::LineReader(int fd, Echo echo) noexcept : fd_(fd), guard_(fd, echo) {}

Result<std::optional<SecureBytes>> LineReader::on_readable() noexcept {
    if (line_.size() != kMaxLine) return fail(ErrorCode::internal, "out of memory");
    for (;;) {
        std::uint8_t byte = 0;
        const ssize_t got = read(fd_, &byte, 1);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return std::nullopt;
        if (got < 0) return fail(ErrorCode::io, "cannot read the answer");
        if (got == 0 && used_ == 0) return fail(ErrorCode::gone, "end of file");
        if (got == 0 || byte == '\n') {
            line_.truncate(used_);
            return std::optional<SecureBytes>(std::move(line_));
        }
        if (used_ == kMaxLine) return fail(ErrorCode::too_large, "the line is too long");
        line_.data()[used_++] = byte;
        wipe({&byte, 1});
        pollfd more{fd_, POLLIN, 0};
        if (poll(&more, 1, 0) <= 0) return std::nullopt;
    }
}

}  // namespace sekimori::admin
