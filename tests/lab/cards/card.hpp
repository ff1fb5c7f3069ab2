// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/lab/bytes.hpp"

namespace sekimori::lab {

/// What a card does on a warm reset with a PIN that was verified before (cards.md 0.3: some keep it).
enum class WarmReset : std::uint8_t { ClearsLogin, KeepsLogin };

/// A software card: a pure machine without I/O or clock. One thread at a time.
/// A card is in the power-off state when made; process() is called only between power_on() and power_off().
class Card {
  public:
    Card() = default;
    virtual ~Card() = default;
    Card(const Card&) = delete;
    Card& operator=(const Card&) = delete;

    virtual Bytes atr() const = 0;
    virtual void power_on() {}
    virtual void power_off() {}
    /// Warm reset: power stays.
    virtual void reset() {}
    /// Answers one command APDU with data and status word.
    virtual Bytes process(ByteView apdu) = 0;
};

}  // namespace sekimori::lab
