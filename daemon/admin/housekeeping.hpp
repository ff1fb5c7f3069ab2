// SPDX-License-Identifier: Apache-2.0
// Housekeeping: what falls due by the calendar, without anybody's command: people whose last day is over (where it is
// this broker's to say so, and while two administrators remain), and the trail's retention. Step by step, so that a
// login never waits for it; at the start, and every hour. What the ledger keeps for the next start is looked after
// every minute.
#pragma once

#include <functional>

#include "daemon/broker.hpp"
#include "daemon/io/loop.hpp"

namespace sekimori::daemon {

class Housekeeping {
  public:
    // `broker` outlives this. `broken`: the ledger on disk is not the one that was verified. Nothing may go on from it.
    Housekeeping(Broker& broker, std::function<void()> broken);
    // One round begins now, for tests; else the clock decides.
    void round();

  private:
    void step();
    void care();
    void offboard(const PersonId& person);
    [[nodiscard]] Millis until_next() const;
    Broker& broker_;
    std::function<void()> broken_;
    std::vector<PersonId> leavers_;
    Source next_, care_;
};

}  // namespace sekimori::daemon
