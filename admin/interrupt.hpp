// SPDX-License-Identifier: Apache-2.0
// Interrupt: SIGINT, SIGTERM and SIGHUP as a readable descriptor, so that a person who gives up is an event like
// others.
#pragma once

#include "core/result.hpp"
#include "protocol/channel.hpp"

namespace sekimori::admin {

class Interrupt {
  public:
    // Blocks the signals in this thread and in those that it starts later: to be called before any other thread
    // exists. They stay blocked for the rest of the process. Errors: io.
    [[nodiscard]] static Result<Interrupt> block_signals();
    // For tests: any descriptor that becomes readable.
    explicit Interrupt(UniqueFd fd) noexcept : fd_(std::move(fd)) {}
    // Readable once a signal came; nobody reads it, so it stays so.
    [[nodiscard]] int fd() const noexcept { return fd_.get(); }

  private:
    UniqueFd fd_;
};

}  // namespace sekimori::admin
