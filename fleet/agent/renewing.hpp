// SPDX-License-Identifier: Apache-2.0
// Renewing: the terminal's next certificate, in good time and without a person here: a new key when two thirds of the
// old one's life are over, a request that the broker signs, placed under the old certificate; the answer, whenever
// somebody opens the authority's office. The old pair stays until the new one has opened the server's door.
#pragma once

#include "fleet/agent/broker_link.hpp"
#include "fleet/agent/papers.hpp"
#include "fleet/pq/connection.hpp"

namespace sekimori::fleet {

class Renewing {
  public:
    // `reconnect`: with target(), now.
    Renewing(Loop& loop, BrokerLink& broker, Papers& papers, Connection& server, std::function<void()> reconnect)
        : loop_(loop), broker_(broker), papers_(papers), server_(server), reconnect_(std::move(reconnect)) {}

    // The broker says who this is.
    void begin(const TerminalId& terminal);
    void end();
    // The pair to connect with. Errors: as Papers::target().
    [[nodiscard]] Result<Target> target();
    // The server has greeted us under that pair; or it has not.
    void greeted();
    void down();
    // Somebody's answer is on the server.
    void answered(Millis spread);
    void request(const wire::RenewalRequest& signed_request);
    // Why no connection can succeed: the certificate has ended. Empty: it has not.
    [[nodiscard]] std::string ended() const;

  private:
    void look();
    void found(const Rows& rows);
    void tell(wire::Renewal renewal);

    Loop& loop_;
    BrokerLink& broker_;
    Papers& papers_;
    Connection& server_;
    std::function<void()> reconnect_;
    TerminalId terminal_;
    Pair pair_{Pair::current};
    unsigned refused_{0};  // the next pair, while the current one was welcome
    Source look_, again_;
};

}  // namespace sekimori::fleet
