// SPDX-License-Identifier: Apache-2.0
// PresenceRound: does the card that lies there answer for the card of a session? Its reference, then a fresh challenge,
// verified with the enrolled key. No PIN is asked for: a card that signs with a PIN only can't prove its presence by
// itself, and its owner unlocks. Dropping the round forgets the answer.
#pragma once

#include <functional>
#include <memory>

#include "daemon/auth/card_proof.hpp"

namespace sekimori::daemon {

enum class Answered : std::uint8_t { no, yes };

class PresenceRound {
  public:
    // `done` comes from the loop, once.
    PresenceRound(Broker& broker, CardVisit visit, CardRecord card, std::string account,
                  std::function<void(Answered)> done);
    [[nodiscard]] const CardVisit& visit() const noexcept { return visit_; }

  private:
    void on_identified(const CardAnswer& answer);
    void prove();

    Broker& broker_;
    CardVisit visit_;
    CardRecord card_;
    std::string account_;
    std::function<void(Answered)> done_;
    CardRequest request_;
    std::unique_ptr<CardProofRound> proof_;
};

}  // namespace sekimori::daemon
