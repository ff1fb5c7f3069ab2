// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>

#include "tests/lab/cards/fault.hpp"

namespace sekimori::lab {

/// One insertion of a card, without I/O: frame bodies from the reader in, frames to the reader out. For callers with a
/// loop of their own; CardConnection is the ready-made one.
class WireSession {
  public:
    WireSession(std::shared_ptr<Card> card, Faults faults);
    /// Pulling the card takes its power.
    ~WireSession();
    WireSession(const WireSession&) = delete;
    WireSession& operator=(const WireSession&) = delete;

    struct Step {
        Bytes out;  ///< a whole frame, or half a one before a pull; often empty
        std::chrono::milliseconds delay{0};
        Ending ending = Ending::Answer;  ///< anything from Pull on: close the connection after sending
        std::shared_ptr<Card> next;      ///< for Swap
    };
    Step on_frame(ByteView body);

    /// True once the reader powered the card on or asked for its ATR.
    bool taken() const { return taken_; }
    std::size_t apdus() const { return apdus_; }

  private:
    Step control(std::uint8_t code);
    std::shared_ptr<Card> card_;
    Faults faults_;
    bool taken_ = false;
    bool mute_ = false;
    std::size_t apdus_ = 0;
};

/// True when the connection ends with this step.
inline bool leaves(Ending ending) { return ending >= Ending::Pull; }

}  // namespace sekimori::lab
