// SPDX-License-Identifier: Apache-2.0
// Joiner: carries one request of the broker's to the server and its answer back. It reads neither.
#pragma once

#include "fleet/agent/broker_link.hpp"
#include "fleet/agent/papers.hpp"
#include "fleet/pq/connection.hpp"

namespace sekimori::fleet {

class Joiner {
  public:
    Joiner(Loop& loop, BrokerLink& broker, Papers& papers);
    void start(const wire::JoinStart& start);
    void request(const wire::JoinRequest& request);
    // Errors: mismatch, malformed (then nothing was kept).
    [[nodiscard]] Status finish(const wire::JoinDone& done);
    // The broker went away or gave up.
    void stop();

  private:
    void connect();
    void ask();
    void failed(const std::string& why);

    Loop& loop_;
    BrokerLink& broker_;
    Papers& papers_;
    Connection server_;
    Target target_;
    std::size_t host_{0};
    TokenId token_;
    Bytes request_;
    enum class Placed : std::uint8_t { no, yes } placed_{Placed::no};
    Source again_;
};

}  // namespace sekimori::fleet
