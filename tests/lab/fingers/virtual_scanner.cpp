// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/fingers/virtual_scanner.hpp"

#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "tests/lab/patient_connect.hpp"

namespace sekimori::lab::fingers {
namespace {

using namespace std::chrono_literals;

// The first int32 of a message that is not an image.
enum class Command : std::int32_t { retry = -1, device_error = -2, automatic_finger = -3, finger = -4, unplug = -5 };

timeval to_timeval(std::chrono::milliseconds time) {
    return {.tv_sec = time / 1s, .tv_usec = std::chrono::microseconds(time % 1s).count()};
}

}  // namespace

Result<VirtualScanner> VirtualScanner::connect(const std::filesystem::path& socket, std::chrono::milliseconds limit) {
    const auto address = SocketAddress::of_path(socket.native());
    if (!address) return fail(ErrorCode::too_large, "socket path too long: " + socket.string());
    auto fd = connect_patiently(*address, limit);
    if (fd) {
        const timeval patience = to_timeval(std::max<std::chrono::milliseconds>(limit, 1s));
        setsockopt(fd->get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
        setsockopt(fd->get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        return VirtualScanner(std::move(*fd));
    }
    const int error = fd.error();
    // The device is not open: there is no socket, one of a former run, or another client before this one.
    if (error == ENOENT || error == ECONNREFUSED || error == EAGAIN || error == EINTR)
        return fail(ErrorCode::timeout, "no open scanner at " + socket.string());
    return fail(ErrorCode::io, socket.string() + ": " + std::strerror(error));
}

Status VirtualScanner::send(const GreyImage& image) {
    if (image.width > max_side || image.height > max_side ||
        image.pixels.size() != std::size_t{image.width} * image.height) {
        return fail(ErrorCode::invalid_argument, "not an image that the driver takes");
    }
    return send_header(static_cast<std::int32_t>(image.width), static_cast<std::int32_t>(image.height)).and_then([&] {
        return send_bytes(image.pixels.data(), image.pixels.size());
    });
}

Status VirtualScanner::send(Retry retry) {
    return send_header(static_cast<std::int32_t>(Command::retry), static_cast<std::int32_t>(retry));
}

Status VirtualScanner::send_device_error(std::int32_t code) {
    return send_header(static_cast<std::int32_t>(Command::device_error), code);
}

Status VirtualScanner::send(AutomaticFinger automatic) {
    return send_header(static_cast<std::int32_t>(Command::automatic_finger), static_cast<std::int32_t>(automatic));
}

Status VirtualScanner::send(Finger finger) {
    return send_header(static_cast<std::int32_t>(Command::finger), static_cast<std::int32_t>(finger));
}

Status VirtualScanner::unplug() { return send_header(static_cast<std::int32_t>(Command::unplug), 0); }

Status VirtualScanner::finish() {
    shutdown(socket_.get(), SHUT_WR);
    char byte = 0;
    // The driver never writes. A close with unread bytes resets the connection (unix(7)), one after all of them
    // doesn't.
    ssize_t got = 0;
    do {
        got = recv(socket_.get(), &byte, sizeof(byte), 0);
    } while (got < 0 && errno == EINTR);
    if (got == 0) {
        return {};
    }
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        return fail(ErrorCode::timeout, "the scanner does not read");
    }
    return fail(ErrorCode::gone, "the scanner closed the connection unread");
}

Status VirtualScanner::send_header(std::int32_t first, std::int32_t second) {
    const std::array<std::int32_t, 2> header{first, second};
    return send_bytes(header.data(), sizeof(header));
}

Status VirtualScanner::send_bytes(const void* data, std::size_t size) {
    const char* next = static_cast<const char*>(data);
    while (size > 0) {
        const ssize_t sent = ::send(socket_.get(), next, size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) {
            continue;
        }
        if (sent < 0) {
            const bool slow = errno == EAGAIN || errno == EWOULDBLOCK;
            return slow ? fail(ErrorCode::timeout, "the scanner does not read")
                        : fail(ErrorCode::gone, "the scanner closed the connection");
        }
        next += sent;
        size -= static_cast<std::size_t>(sent);
    }
    return {};
}

}  // namespace sekimori::lab::fingers
