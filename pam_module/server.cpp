// SPDX-License-Identifier: Apache-2.0
#include "pam_module/server.hpp"

#include <sys/stat.h>

#include "pam_module/offline.hpp"
#include "pam_module/options.hpp"
#include "protocol/schema.hpp"

namespace sekimori::pam {
namespace {

constexpr uid_t kRoot = 0;

Result<uid_t> owner_of_socket(const std::string& path) {
    if (path == kDefaultSocket && !is_roots_directory(path.substr(0, path.rfind('/'))))
        return fail(ErrorCode::unavailable, "the socket's directory is not root's alone");
    struct stat info {};
    if (lstat(path.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode))
        return fail(ErrorCode::unavailable, "there is no socket");
    return info.st_uid;
}

Status greet(Channel& channel, const Deadline& deadline) {
    if (auto sent = channel.send(wire::Hello{}); !sent) return sent;
    auto welcome = channel.receive_as<wire::Welcome>(deadline.left(limits().welcome));
    if (!welcome && welcome.error().code == ErrorCode::timeout)
        return fail(ErrorCode::unavailable, "no welcome in time");
    if (!welcome) return tl::unexpected<Error>(welcome.error());
    if (welcome->version < wire::kProtocolMin || welcome->version > wire::kProtocolMax)
        return fail(ErrorCode::unsupported, "the broker speaks another protocol");
    return {};
}

}  // namespace

Result<Channel> connect_to_broker(const std::string& path, const Deadline& deadline) {
    const auto owner = owner_of_socket(path);
    if (!owner) return tl::unexpected<Error>(owner.error());
    auto channel = Channel::connect(path, deadline.left(limits().welcome));
    if (!channel) return fail(ErrorCode::unavailable, channel.error().message);
    const auto server = channel->peer();
    if (!server || (server->uid != kRoot && server->uid != *owner))
        return fail(ErrorCode::unavailable, "the socket belongs to one user, and another one listens");
    if (auto met = greet(*channel, deadline); !met) return tl::unexpected<Error>(met.error());
    return channel;
}

}  // namespace sekimori::pam
