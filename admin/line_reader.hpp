// SPDX-License-Identifier: Apache-2.0
// LineReader: one line from a descriptor, byte by byte, so that the next reader finds the next line. Without echo where
// the descriptor is a terminal.
#pragma once

#include <termios.h>

#include <optional>

#include "core/result.hpp"
#include "protocol/secure_bytes.hpp"

namespace sekimori::admin {

enum class Echo { off, on };

// Turns a terminal's echo off while it lives; nothing for any other descriptor, and for Echo::on. The newline that the
// person types stays visible.
class EchoGuard {
  public:
    EchoGuard(int fd, Echo echo) noexcept;
    ~EchoGuard();
    EchoGuard(const EchoGuard&) = delete;
    EchoGuard& operator=(const EchoGuard&) = delete;
    EchoGuard(EchoGuard&&) = delete;
    EchoGuard& operator=(EchoGuard&&) = delete;

  private:
    int fd_{-1};
    termios before_{};
};

class LineReader {
  public:
    static constexpr std::size_t kMaxLine = 512;  // of wire::Answer::text

    // `fd` is borrowed and must outlive the reader.
    LineReader(int fd, Echo echo) noexcept;

    // To be called when the descriptor is readable; reads until the line's end, or as much as is there.
    // nullopt: the line goes on. Errors: gone (end of file before any byte), too_large, io.
    [[nodiscard]] Result<std::optional<SecureBytes>> on_readable() noexcept;
    [[nodiscard]] int fd() const noexcept { return fd_; }

  private:
    int fd_;
    EchoGuard guard_;
    SecureBytes line_{kMaxLine};
    std::size_t used_{0};
};

}  // namespace sekimori::admin
