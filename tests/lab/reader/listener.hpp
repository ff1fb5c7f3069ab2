// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "tests/lab/bytes.hpp"
#include "tests/lab/unique_fd.hpp"

namespace sekimori::lab {

/// Binds and listens on a UNIX stream socket at `path`. A socket file that nobody listens on any more is replaced; a
/// live one, or a file of another kind, is a failure. The path must fit sockaddr_un (107 bytes).
Outcome<UniqueFd> listen_at(const std::string& path, int backlog);

}  // namespace sekimori::lab
