// SPDX-License-Identifier: Apache-2.0
// Channel: one end of a connected AF_UNIX SOCK_SEQPACKET socket. Listener helpers and peer identity live here too.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "core/instant.hpp"
#include "core/result.hpp"
#include "protocol/secure_bytes.hpp"
#include "protocol/wire.hpp"

namespace sekimori {

// Owns a file descriptor; -1 is none.
class UniqueFd {
  public:
    UniqueFd() noexcept = default;
    explicit UniqueFd(int fd) noexcept : fd_(fd) {}
    UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    UniqueFd& operator=(UniqueFd&& other) noexcept {
        if (this != &other) reset(std::exchange(other.fd_, -1));
        return *this;
    }
    UniqueFd(const UniqueFd&) = delete;
    UniqueFd& operator=(const UniqueFd&) = delete;
    ~UniqueFd() { reset(); }
    [[nodiscard]] int get() const noexcept { return fd_; }
    [[nodiscard]] explicit operator bool() const noexcept { return fd_ >= 0; }
    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
    void reset(int fd = -1) noexcept;

  private:
    int fd_{-1};
};

struct Peer {
    uid_t uid{static_cast<uid_t>(-1)};
    gid_t gid{static_cast<gid_t>(-1)};
    pid_t pid{-1};
};

class Channel {
  public:
    Channel() noexcept = default;
    explicit Channel(UniqueFd fd) noexcept : fd_(std::move(fd)) {}

    // Connects within `limit`. Errors: unavailable (no socket, refused, not a SEQPACKET), timeout.
    [[nodiscard]] static Result<Channel> connect(const std::string& path, Millis limit);
    // A connected pair (tests, launcher, command dialogues).
    [[nodiscard]] static Result<std::pair<Channel, Channel>> pair();

    [[nodiscard]] int fd() const noexcept { return fd_.get(); }
    [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(fd_); }
    [[nodiscard]] UniqueFd release() noexcept { return std::move(fd_); }

    // Sends one datagram without blocking. Errors: gone (peer closed), busy (the peer does not read: its buffer is
    // full), too_large, io.
    Status send_bytes(ByteSpan bytes) noexcept;
    template <class T>
    Status send(const T& message) {
        auto bytes = wire::encode(message);
        if (!bytes) return tl::unexpected<Error>(bytes.error());
        return send_bytes(bytes->span());
    }
    // One datagram. nullopt limit: do not wait. Errors: gone (end of file, also a zero-length datagram, which cannot be
    // told from it), too_large (MSG_TRUNC), busy (nothing there and no waiting), timeout, io. After gone, too_large and
    // io the channel is of no use.
    [[nodiscard]] Result<SecureBytes> receive(std::optional<Millis> limit) noexcept;
    template <class T>
    [[nodiscard]] Result<T> receive_as(std::optional<Millis> limit) {
        auto bytes = receive(limit);
        if (!bytes) return tl::unexpected<Error>(bytes.error());
        return wire::decode<T>(bytes->span());
    }
    // SO_PEERCRED: frozen at connect. For the client of a listener that root made it says uid 0 (devices:
    // docs/THREAT_MODEL.md).
    [[nodiscard]] Result<Peer> peer() const noexcept;

  private:
    UniqueFd fd_;
};

// A listening SEQPACKET socket at `path` (an existing one that nobody listens on is replaced). Errors: exists (somebody
// listens), io.
[[nodiscard]] Result<UniqueFd> listen_at(const std::string& path, mode_t mode);
// Accepts without blocking, close-on-exec. Errors: busy (none waiting), io.
[[nodiscard]] Result<Channel> accept_from(int listener) noexcept;

}  // namespace sekimori
