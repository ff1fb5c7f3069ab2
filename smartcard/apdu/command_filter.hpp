// SPDX-License-Identifier: Apache-2.0
// What may be said to a card at all. A My Number card holds the holder's number, address and portrait beside the one
// application that we need: this filter names every command that we send, and everything else never reaches a reader.
#pragma once

#include "core/ids.hpp"

namespace sekimori::smartcard {

struct Command;
enum class Application : std::uint8_t { none, piv, jpki };
enum class Permit : std::uint8_t { refused, allowed };

// Whom a card serves: with 9A, 9E or JPKI a person proves who it is; with 9C a fleet's authority signs. No process does
// both: what logs people in never comes near the authority's key, and the other way round. (JPKI is selected by either,
// to tell a resident's card, on which no other application is; the authority then says nothing more to it.)
enum class Purpose : std::uint8_t { login, authority };

class CommandFilter {
  public:
    explicit CommandFilter(Purpose purpose = Purpose::login) : purpose_(purpose) {}
    // Judges one short command APDU against what is selected.
    [[nodiscard]] Permit judge(ByteSpan apdu) const;
    // An allowed command was answered with `status`: keeps track of what is selected.
    void answered(ByteSpan apdu, std::uint16_t status);
    // The card was powered down, reset or lost.
    void forget() noexcept;

  private:
    [[nodiscard]] bool allowed_in_piv(const Command& command) const;
    Purpose purpose_;
    Application application_{Application::none};
    std::uint16_t file_{0};  // JPKI: the current elementary file
};

}  // namespace sekimori::smartcard
