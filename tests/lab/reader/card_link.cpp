// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/reader/card_link.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace sekimori::lab {
namespace {

using Clock = std::chrono::steady_clock;

enum class Ready : std::uint8_t { Yes, TimedOut };

Ready wait_for(int fd, short events, Clock::time_point deadline) {
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
        pollfd item{fd, events, 0};
        const int n = ::poll(&item, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
        if (n > 0) return Ready::Yes;
        if (n == 0) return Ready::TimedOut;
        if (errno != EINTR) return Ready::Yes;  // the next read or write tells what is wrong
    }
}

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

}  // namespace

CardLink::CardLink(UniqueFd fd) : fd_(std::move(fd)) {
    const int flags = ::fcntl(fd_.get(), F_GETFL);
    if (flags >= 0) ::fcntl(fd_.get(), F_SETFL, flags | O_NONBLOCK);
}

bool CardLink::gone() const {
    pollfd item{fd_.get(), POLLRDHUP, 0};
    return ::poll(&item, 1, 0) > 0 && (item.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0;
}

void CardLink::shut() const noexcept { ::shutdown(fd_.get(), SHUT_RDWR); }

tl::expected<void, LinkError> CardLink::send(ByteView frame, Deadline deadline) {
    while (!frame.empty()) {
        const ssize_t n = ::send(fd_.get(), frame.data(), frame.size(), MSG_NOSIGNAL);
        if (n > 0) {
            frame = frame.subspan(static_cast<std::size_t>(n));
        } else if (n < 0 && would_block(errno)) {
            if (wait_for(fd_.get(), POLLOUT, deadline) == Ready::TimedOut) {
                shut();  // half a request is on the wire: nothing sensible can follow
                return tl::unexpected(LinkError::Silent);
            }
        } else if (errno != EINTR) {
            return tl::unexpected(LinkError::Gone);
        }
    }
    return {};
}

// Reads until one frame is complete and no byte further.
tl::expected<void, LinkError> CardLink::receive(Deadline deadline) {
    std::array<std::uint8_t, 4096> chunk{};
    while (parser_.missing() > 0) {
        const ssize_t n = ::recv(fd_.get(), chunk.data(), std::min(parser_.missing(), chunk.size()), 0);
        if (n > 0) {
            parser_.feed(ByteView(chunk).first(static_cast<std::size_t>(n)));
        } else if (n < 0 && would_block(errno)) {
            if (wait_for(fd_.get(), POLLIN, deadline) == Ready::TimedOut) return tl::unexpected(LinkError::Silent);
        } else if (n == 0 || errno != EINTR) {
            return tl::unexpected(LinkError::Gone);
        }
    }
    return {};
}

// Before a new request nothing may be on the wire but answers that came too late.
tl::expected<void, LinkError> CardLink::drop_late_answers() {
    for (;;) {
        if (const auto got = receive(Clock::now()); !got) {
            if (got.error() != LinkError::Silent) return got;
            if (owed_ == 0 && parser_.missing() != kFrameHeader) break;  // the beginning of a frame nobody asked for
            return {};
        }
        parser_.take();
        if (owed_ == 0) break;
        --owed_;
    }
    shut();
    return tl::unexpected(LinkError::Unruly);
}

tl::expected<Bytes, LinkError> CardLink::request(ByteView body, std::chrono::milliseconds limit) {
    const auto deadline = Clock::now() + limit;
    const auto frame = encode_frame(body);
    if (!frame) return tl::unexpected(LinkError::Unruly);
    if (const auto clear = drop_late_answers(); !clear) return tl::unexpected(clear.error());
    if (const auto sent = send(*frame, deadline); !sent) return tl::unexpected(sent.error());
    ++owed_;
    for (;;) {
        if (const auto got = receive(deadline); !got) return tl::unexpected(got.error());
        Bytes answer = parser_.take().value_or(Bytes{});
        if (--owed_ == 0) return answer;
    }
}

tl::expected<void, LinkError> CardLink::tell(Control code, std::chrono::milliseconds limit) {
    return send(encode_frame(code), Clock::now() + limit);
}

}  // namespace sekimori::lab
