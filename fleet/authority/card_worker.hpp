// SPDX-License-Identifier: Apache-2.0
// CardWorker: sekimori-card as a child of this process, on a socket pair. Cards and their certificates are hostile, and
// PC/SC may block for ever: neither is let near the vault's keys and the server's connection.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

#include "protocol/channel.hpp"

namespace sekimori::fleet {

class CardWorker {
  public:
    // `config`: what the worker reads of this machine (readers, lab). Errors: unavailable (it does not start, is of
    // another build, or ended at once; with its last words), io.
    [[nodiscard]] static Result<CardWorker> start(const std::string& config);
    // One that somebody else runs and that was greeted already.
    explicit CardWorker(Channel channel) : channel_(std::move(channel)) {}
    CardWorker(CardWorker&& other) noexcept;
    CardWorker(const CardWorker&) = delete;
    CardWorker& operator=(const CardWorker&) = delete;
    CardWorker& operator=(CardWorker&&) = delete;
    // Ends it, and waits until it has ended.
    ~CardWorker();

    [[nodiscard]] Channel& channel() noexcept { return channel_; }
    // The last line that it wrote; "" if none.
    [[nodiscard]] std::string last_words() const;

  private:
    CardWorker(Channel channel, UniqueFd log, pid_t pid)
        : channel_(std::move(channel)), log_(std::move(log)), pid_(pid) {}
    [[nodiscard]] Status greet();

    Channel channel_;
    UniqueFd log_;  // memory that it writes to as its standard error
    pid_t pid_{-1};
};

using StartCardWorker = std::function<Result<CardWorker>()>;

}  // namespace sekimori::fleet
