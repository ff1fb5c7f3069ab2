// SPDX-License-Identifier: Apache-2.0
// What may be said to a card at all. A My Number card holds the holder's number, address and portrait beside the one
// application that we need: this filter names every command that we send, and everything else never reaches a reader.
#pragma once

#include "core/ids.hpp"

namespace sekimori::smartcard {

enum class Application : std::uint8_t { none, piv, jpki };
enum class Permit : std::uint8_t { refused, allowed };

class CommandFilter {
  public:
    // Judges one short command APDU against what is selected.
    [[nodiscard]] Permit judge(ByteSpan apdu) const;
    // An allowed command was answered with `status`: keeps track of what is selected.
    void answered(ByteSpan apdu, std::uint16_t status);
    // The card was powered down, reset or lost.
    void forget() noexcept;

  private:
    Application application_{Application::none};
    std::uint16_t file_{0};  // JPKI: the current elementary file
};

}  // namespace sekimori::smartcard
