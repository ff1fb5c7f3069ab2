// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/cards/socket_address.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <charconv>
#include <cstring>

#include "tests/lab/patient_connect.hpp"

namespace sekimori::lab {
namespace {

Outcome<SocketAddress> parse(const std::string& text) {
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
        return SocketAddress::of(in);
    }
    const auto path = SocketAddress::of_path(text);
    if (!path) return failure("socket path is empty or too long");
    return *path;
}

}  // namespace

Outcome<UniqueFd> connect_to_reader(const std::string& address, std::chrono::milliseconds patience, int interrupt) {
    const auto to = parse(address);
    if (!to) return tl::unexpected(to.error());
    auto fd = connect_patiently(*to, patience, interrupt);
    if (fd) return std::move(*fd);
    if (fd.error() == ECANCELED) return failure("interrupted");
    return failure("cannot connect to " + address + ": " + std::strerror(fd.error()));
}

void acknowledge_quickly(int fd) {
    const int on = 1;
    (void)::setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
}

}  // namespace sekimori::lab
