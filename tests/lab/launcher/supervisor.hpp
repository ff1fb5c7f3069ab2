// SPDX-License-Identifier: Apache-2.0
// The process that stays: starts the lab's five, starts again what dies, and ends them all.
//
// It leads a session of its own and holds nothing of the caller's. While the lab starts it reports to `up` over a
// socket, one datagram a line: "exit NAME WHY", "over NAME" (given up), "failed WHY" (could not start at all). `up`
// answers "stay"; if it goes without having done so, the lab ends.
#pragma once

#include "tests/lab/launcher/plan.hpp"
#include "tests/lab/unique_fd.hpp"

namespace sekimori::lab::launcher {

// To be called in a freshly forked child. Returns when the lab has ended.
void supervise(const Plan& plan, UniqueFd lock, UniqueFd control);

}  // namespace sekimori::lab::launcher
