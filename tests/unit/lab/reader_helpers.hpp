// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <string>

#include "tests/lab/bytes.hpp"
#include "tests/lab/unique_fd.hpp"

namespace sekimori::lab {

/// A bare connection to a reader's socket, without a card behind it.
inline UniqueFd connect_raw(const std::string& path) {
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    return fd;
}

inline Bytes receive_raw(const UniqueFd& fd, std::size_t size) {
    Bytes got(size);
    const ssize_t n = ::recv(fd.get(), got.data(), size, MSG_WAITALL);
    got.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return got;
}

inline void send_raw(const UniqueFd& fd, const Bytes& bytes) {
    EXPECT_EQ(::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), std::ssize(bytes));
}

}  // namespace sekimori::lab
