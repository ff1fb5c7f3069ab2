// SPDX-License-Identifier: Apache-2.0
#include "protocol/channel.hpp"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

namespace sekimori {
namespace {

std::optional<sockaddr_un> address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path) return std::nullopt;
    std::copy(path.begin(), path.end(), address.sun_path);
    return address;
}

const sockaddr* generic(const sockaddr_un& address) { return reinterpret_cast<const sockaddr*>(&address); }

UniqueFd new_socket() { return UniqueFd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)); }

// Waits for `events`; a signal does not shorten the wait.
Status wait_for(int fd, short events, Millis limit) noexcept {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + limit;
    while (true) {
        const auto left = std::chrono::duration_cast<Millis>(end - Clock::now()).count();
        pollfd item{fd, events, 0};
        const int ready = poll(&item, 1, static_cast<int>(std::clamp<long long>(left, 0, 1'000'000)));
        if (ready > 0) return {};
        if (ready < 0 && errno != EINTR) return fail(ErrorCode::io, "poll failed");
        if (left <= 0) return fail(ErrorCode::timeout, "no answer in time");
    }
}

}  // namespace

void UniqueFd::reset(int fd) noexcept {
    if (fd_ >= 0) (void)close(fd_);
    fd_ = fd;
}

Result<Channel> Channel::connect(const std::string& path, Millis limit) {
    const auto address = address_of(path);
    if (!address) return fail(ErrorCode::invalid_argument, "socket path is empty or too long");
    UniqueFd fd = new_socket();
    if (!fd) return fail(ErrorCode::io, "no socket");
    const auto end = std::chrono::steady_clock::now() + limit;
    while (::connect(fd.get(), generic(*address), sizeof *address) != 0) {
        if (errno == EINTR) continue;
        // EAGAIN: the listener's backlog is full. poll() cannot wait for that on a unix socket.
        if (errno != EAGAIN) return fail(ErrorCode::unavailable, "nobody listens on the socket");
        if (std::chrono::steady_clock::now() >= end) return fail(ErrorCode::timeout, "the listener is overloaded");
        (void)poll(nullptr, 0, 10);
    }
    return Channel(std::move(fd));
}

Result<std::pair<Channel, Channel>> Channel::pair() {
    int fds[2] = {-1, -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) != 0)
        return fail(ErrorCode::io, "no socket pair");
    return std::pair{Channel(UniqueFd(fds[0])), Channel(UniqueFd(fds[1]))};
}

Status Channel::send_bytes(ByteSpan bytes) noexcept {
    if (!fd_) return fail(ErrorCode::gone, "not connected");
    if (bytes.empty() || bytes.size() > wire::kMaxMessage) return fail(ErrorCode::too_large, "message: bad size");
    while (true) {
        const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent == static_cast<ssize_t>(bytes.size())) return {};
        if (sent >= 0) return fail(ErrorCode::io, "a datagram was cut");
        if (errno == EINTR) continue;
        if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS)
            return fail(ErrorCode::busy, "the peer does not read");
        if (errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN) return fail(ErrorCode::gone, "the peer closed");
        return fail(ErrorCode::io, "send failed");
    }
}

Result<SecureBytes> Channel::receive(std::optional<Millis> limit) noexcept {
    if (!fd_) return fail(ErrorCode::gone, "not connected");
    const auto end = std::chrono::steady_clock::now() + limit.value_or(Millis{0});
    while (true) {
        if (limit) {
            const auto left = std::chrono::duration_cast<Millis>(end - std::chrono::steady_clock::now());
            if (auto ready = wait_for(fd_.get(), POLLIN, std::max(left, Millis{0})); !ready)
                return tl::unexpected<Error>(ready.error());
        }
        // The size first: a buffer of the right size is allocated, never more than a message may have.
        const ssize_t size = recv(fd_.get(), nullptr, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
        if (size < 0) {
            if (errno == EINTR) continue;
            if (errno == EAGAIN || errno == EWOULDBLOCK) {
                if (limit) continue;
                return fail(ErrorCode::busy, "nothing to read");
            }
            if (errno == ECONNRESET) return fail(ErrorCode::gone, "the peer closed");
            return fail(ErrorCode::io, "receive failed");
        }
        if (size == 0) return fail(ErrorCode::gone, "the peer closed");
        if (static_cast<std::size_t>(size) > wire::kMaxMessage) return fail(ErrorCode::too_large, "message: oversize");
        SecureBytes buffer(static_cast<std::size_t>(size));
        if (buffer.size() != static_cast<std::size_t>(size)) return fail(ErrorCode::internal, "out of memory");
        iovec part{buffer.data(), buffer.size()};
        msghdr header{};
        header.msg_iov = &part;
        header.msg_iovlen = 1;
        const ssize_t got = recvmsg(fd_.get(), &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (got < 0 && errno == EINTR) continue;
        if (got != size || (header.msg_flags & MSG_TRUNC) != 0) return fail(ErrorCode::too_large, "message: cut");
        return buffer;
    }
}

Result<Peer> Channel::peer() const noexcept {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (getsockopt(fd_.get(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0 || size != sizeof credentials)
        return fail(ErrorCode::io, "the peer has no credentials");
    return Peer{credentials.uid, credentials.gid, credentials.pid};
}

Result<UniqueFd> listen_at(const std::string& path, mode_t mode) {
    const auto address = address_of(path);
    if (!address) return fail(ErrorCode::invalid_argument, "socket path is empty or too long");
    UniqueFd fd = new_socket();
    if (!fd) return fail(ErrorCode::io, "no socket");
    if (bind(fd.get(), generic(*address), sizeof *address) != 0) {
        if (errno != EADDRINUSE) return fail(ErrorCode::io, "can't bind " + path);
        UniqueFd probe = new_socket();
        const bool alive =
            ::connect(probe.get(), generic(*address), sizeof *address) == 0 || errno == EAGAIN || errno == EPROTOTYPE;
        if (alive) return fail(ErrorCode::exists, "somebody listens on " + path);
        struct stat info {};
        if (lstat(path.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode))
            return fail(ErrorCode::io, path + " is there and no socket");
        if (unlink(path.c_str()) != 0 || bind(fd.get(), generic(*address), sizeof *address) != 0)
            return fail(ErrorCode::io, "can't replace " + path);
    }
    if (chmod(path.c_str(), mode) != 0 || listen(fd.get(), 64) != 0)
        return fail(ErrorCode::io, "can't listen on " + path);
    return fd;
}

Result<Channel> accept_from(int listener) noexcept {
    const int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) return Channel(UniqueFd(fd));
    if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED) return fail(ErrorCode::busy, "nobody waits");
    return fail(ErrorCode::io, "accept failed");
}

}  // namespace sekimori
