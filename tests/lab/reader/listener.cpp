// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/reader/listener.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

namespace sekimori::lab {
namespace {

const sockaddr* generic(const sockaddr_un& address) {
    return static_cast<const sockaddr*>(static_cast<const void*>(&address));
}

bool is_dead_socket(const std::string& path, const sockaddr_un& address) {
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode)) return false;
    const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    return ::connect(probe.get(), generic(address), sizeof(address)) != 0 && errno == ECONNREFUSED;
}

}  // namespace

Outcome<UniqueFd> listen_at(const std::string& path, int backlog) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof(address.sun_path)) return failure("socket path is empty or too long");
    path.copy(address.sun_path, path.size());

    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd) return failure("no socket");
    int rc = ::bind(fd.get(), generic(address), sizeof(address));
    if (rc != 0 && errno == EADDRINUSE && is_dead_socket(path, address)) {
        ::unlink(path.c_str());
        rc = ::bind(fd.get(), generic(address), sizeof(address));
    }
    if (rc != 0) return failure("cannot bind " + path + ": " + std::strerror(errno));
    if (::listen(fd.get(), backlog) != 0) return failure("cannot listen at " + path);
    return fd;
}

}  // namespace sekimori::lab
