// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/cards/socket_address.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <charconv>
#include <cstring>

namespace sekimori::lab {
namespace {

struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;
};

template <class T>
Address as_address(const T& from) {
    Address out;
    std::memcpy(&out.storage, &from, sizeof(from));
    out.size = sizeof(from);
    return out;
}

Outcome<Address> parse(const std::string& text) {
    constexpr std::string_view tcp = "tcp:";
    if (text.starts_with(tcp)) {
        std::uint16_t port = 0;
        const char* begin = text.data() + tcp.size();
        const char* end = text.data() + text.size();
        if (std::from_chars(begin, end, port).ptr != end || port == 0) return failure("bad port in " + text);
        sockaddr_in in{};
        in.sin_family = AF_INET;
        in.sin_port = htons(port);
        in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return as_address(in);
    }
    sockaddr_un un{};
    un.sun_family = AF_UNIX;
    if (text.empty() || text.size() >= sizeof(un.sun_path)) return failure("socket path is empty or too long");
    text.copy(un.sun_path, text.size());
    return as_address(un);
}

}  // namespace

Outcome<UniqueFd> connect_to_reader(const std::string& address, std::chrono::milliseconds patience, int interrupt) {
    const auto to = parse(address);
    if (!to) return tl::unexpected(to.error());
    constexpr int retry_ms = 20;
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (;;) {
        UniqueFd fd(::socket(to->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (!fd) return failure("no socket");
        const auto* generic = static_cast<const sockaddr*>(static_cast<const void*>(&to->storage));
        if (::connect(fd.get(), generic, to->size) == 0) return fd;
        const int error = errno;
        const bool later = error == ENOENT || error == ECONNREFUSED || error == EAGAIN || error == EINTR;
        if (!later || std::chrono::steady_clock::now() >= deadline)
            return failure("cannot connect to " + address + ": " + std::strerror(error));
        pollfd item{interrupt, POLLIN, 0};
        if (::poll(&item, 1, retry_ms) > 0) return failure("interrupted");
    }
}

void acknowledge_quickly(int fd) {
    const int on = 1;
    (void)::setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
}

}  // namespace sekimori::lab
