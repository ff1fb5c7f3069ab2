// SPDX-License-Identifier: Apache-2.0
// The broker's end of media.sock, as far as it can be reached.
#pragma once

#include "protocol/schema.hpp"
#include "udev/judge.hpp"

namespace sekimori::udev {

class Broker {
  public:
    // One who is not there is found out at the first question.
    explicit Broker(std::string socket) : socket_(std::move(socket)) {}

    // What is settled already is only told.
    [[nodiscard]] std::optional<wire::MediaVerdict> ask(const wire::MediaPlugged& device);
    // Not answered, and not missed.
    void swept();
    void gone(const std::string& port);

  private:
    // False: not there. Tried once.
    bool connected();
    std::string socket_;
    Channel channel_;
    bool tried_{false};
};

}  // namespace sekimori::udev
