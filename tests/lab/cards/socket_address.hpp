// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

#include "tests/lab/bytes.hpp"
#include "tests/lab/unique_fd.hpp"

namespace sekimori::lab {

/// Connects to a reader: an absolute path of a UNIX socket, or `tcp:PORT` for a vpcd on this machine's loopback. Tries
/// again until `patience` is over while nobody listens there yet. `interrupt`: a descriptor that ends the attempt when
/// readable, or -1.
Outcome<UniqueFd> connect_to_reader(const std::string& address, std::chrono::milliseconds patience, int interrupt);

/// vpcd writes its length and body in two small packets; without this each APDU waits 40 ms for a delayed
/// acknowledgement. Wanted before every receive; does nothing on a UNIX socket.
void acknowledge_quickly(int fd);

}  // namespace sekimori::lab
