// SPDX-License-Identifier: Apache-2.0
// The way to the broker. A client that is about to hand over a PIN checks its server first.
#pragma once

#include <string>

#include "core/result.hpp"
#include "pam_module/deadline.hpp"
#include "protocol/channel.hpp"

namespace sekimori::pam {

// Connects to the broker behind `path` and agrees on the protocol. Each phase has its own connection, closed with it:
// hosts fork between phases.
//
// Who the server is: SO_PEERCRED of the connection shows who called listen(). That is root, where systemd made the
// listener, or the owner of the socket's file, where the broker (or a lab) made its own; anybody else is refused. A
// socket's file says that much only if nobody could put another one in its place: the directory of the default path
// must be root's own, and nobody else may write to it. For socket=PATH the administrator who wrote the stack chose the
// directory.
//
// Errors: unavailable (nobody there, no welcome in time, or somebody else listens), malformed, unsupported (no common
// protocol version).
[[nodiscard]] Result<Channel> connect_to_broker(const std::string& path, const Deadline& deadline);

}  // namespace sekimori::pam
