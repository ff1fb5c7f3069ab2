// SPDX-License-Identifier: Apache-2.0
// Housekeeping: what falls due by the calendar, without anybody's command: people whose last day is over (where it is
// this broker's to say so), and the trail's retention. Step by step, so that a login never waits for it; at the start,
// and every hour.
#pragma once

#include "daemon/broker.hpp"
#include "daemon/io/loop.hpp"

namespace sekimori::daemon {

class Housekeeping {
  public:
    // `broker` outlives this.
    explicit Housekeeping(Broker& broker);
    // One round begins now, for tests; else the clock decides.
    void round();

  private:
    void step();
    void offboard(const PersonId& person);
    [[nodiscard]] Millis until_next() const;
    Broker& broker_;
    std::vector<PersonId> leavers_;
    Source next_;
};

}  // namespace sekimori::daemon
