// SPDX-License-Identifier: Apache-2.0
// Waits until a login can be started: the broker on the lab's bus answers WaitReady.
#pragma once

#include <chrono>

#include "core/result.hpp"
#include "tests/lab/launcher/layout.hpp"

namespace sekimori::lab::launcher {

// `control` is `up`'s end of the socket to the supervisor (supervisor.hpp). Uses the global default main context.
// Errors: timeout, unavailable (a process was given up, or the supervisor is gone); the message names the process at
// fault and quotes its log.
[[nodiscard]] Status wait_ready(const Layout& layout, int control, std::chrono::milliseconds limit);

}  // namespace sekimori::lab::launcher
