// SPDX-License-Identifier: Apache-2.0
// PresentCards: asks every card that sits on a reader who it is, and answers with what the ledger knows of each.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "daemon/broker.hpp"

namespace sekimori::daemon {

struct PresentCard {
    CardVisit visit;
    std::string reader;
    std::optional<CardRecord> card;  // none: not one of ours, or unreadable
};

class PresentCards {
  public:
    // `done` comes from the loop, once, unless this is dropped before.
    PresentCards(Broker& broker, std::function<void(std::vector<PresentCard>)> done);

  private:
    void answered(std::size_t index, const CardAnswer& answer);
    Broker& broker_;
    std::function<void(std::vector<PresentCard>)> done_;
    std::vector<PresentCard> found_;
    std::vector<CardRequest> requests_;
    std::size_t open_{0};
    Source none_;
};

}  // namespace sekimori::daemon
