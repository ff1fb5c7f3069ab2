// SPDX-License-Identifier: Apache-2.0
// The lab's software card behind our transport, in one process: powered for the life of the object.
#pragma once

#include <functional>
#include <vector>

#include "smartcard/apdu/transport.hpp"
#include "tests/lab/cards/card.hpp"

namespace sekimori::smartcard::test {

class LabVisit final : public Visit {
  public:
    explicit LabVisit(lab::Card& card, Purpose purpose = Purpose::login) : Visit(purpose), card_(card) {
        card_.power_on();
    }
    ~LabVisit() override { card_.power_off(); }
    LabVisit(const LabVisit&) = delete;
    LabVisit& operator=(const LabVisit&) = delete;

    // Looks at, changes or fails an exchange after the card has answered.
    std::function<CardResult<Bytes>(ByteSpan command, Bytes answer)> meddle;
    CardResult<void> same_visit() override { return {}; }
    [[nodiscard]] const std::vector<Bytes>& commands() const { return commands_; }

  private:
    CardResult<Bytes> exchange(ByteSpan command) override {
        commands_.emplace_back(command.begin(), command.end());
        Bytes answer = card_.process(command);
        return meddle ? meddle(command, std::move(answer)) : CardResult<Bytes>(std::move(answer));
    }
    lab::Card& card_;
    std::vector<Bytes> commands_;
};

}  // namespace sekimori::smartcard::test
