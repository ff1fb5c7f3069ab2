// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <string_view>
#include <tl/expected.hpp>

#include "tests/lab/unique_fd.hpp"

/// The lab's devices come and go, so their clients wait for them.
namespace sekimori::lab {

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;

    template <class T>
    static SocketAddress of(const T& from) {
        SocketAddress out;
        std::memcpy(&out.storage, &from, sizeof(from));
        out.size = sizeof(from);
        return out;
    }
    /// None if it is empty or does not fit.
    static std::optional<SocketAddress> of_path(std::string_view path) {
        sockaddr_un un{};
        un.sun_family = AF_UNIX;
        if (path.empty() || path.size() >= sizeof(un.sun_path)) return std::nullopt;
        std::copy(path.begin(), path.end(), un.sun_path);
        return of(un);
    }
};

/// A stream connection, or errno. Tries again until `patience` is over while nobody listens there yet: no socket, one
/// that a former run left behind, or a full backlog. `interrupt`: a descriptor that ends it with ECANCELED when
/// readable, or -1.
inline tl::expected<UniqueFd, int> connect_patiently(const SocketAddress& to, std::chrono::milliseconds patience,
                                                     int interrupt = -1) {
    constexpr int kRetryMs = 10;
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (;;) {
        UniqueFd fd(::socket(to.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (!fd) return tl::unexpected(errno);
        const auto* generic = static_cast<const sockaddr*>(static_cast<const void*>(&to.storage));
        if (::connect(fd.get(), generic, to.size) == 0) return fd;
        const int error = errno;
        const bool later = error == ENOENT || error == ECONNREFUSED || error == EAGAIN || error == EINTR;
        if (!later || std::chrono::steady_clock::now() >= deadline) return tl::unexpected(error);
        pollfd item{interrupt, POLLIN, 0};
        if (::poll(&item, 1, kRetryMs) > 0) return tl::unexpected(ECANCELED);
    }
}

}  // namespace sekimori::lab
