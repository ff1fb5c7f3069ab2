// SPDX-License-Identifier: Apache-2.0
// What the broker is told about readers and cards, as the differences between two looks at the readers. Pure.
#pragma once

#include <variant>
#include <vector>

#include "protocol/schema.hpp"
#include "smartcard/pcsc/context.hpp"

namespace sekimori::smartcard::pcsc {

using PresenceEvent = std::variant<wire::Readers, wire::CardPresent, wire::CardAbsent>;

class PresenceTracker {
  public:
    // The readers that we may use, as they are now. The first call always tells the list. A card that was exchanged
    // between two looks is told as absent, then present; a reader that went takes its card with it.
    [[nodiscard]] std::vector<PresenceEvent> update(const std::vector<ReaderState>& now);

  private:
    struct Known {
        std::string name;
        bool present{};
        std::uint32_t counter{};
    };
    std::vector<Known> known_;
    bool told_{false};
};

}  // namespace sekimori::smartcard::pcsc
