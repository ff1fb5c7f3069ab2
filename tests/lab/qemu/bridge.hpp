// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>

#include "tests/lab/qemu/vsc.hpp"
#include "tests/lab/reader/card_link.hpp"
#include "tests/lab/unique_fd.hpp"

namespace sekimori::lab {

/// Puts software cards (vpcd's wire, README.md) into the CCID reader that QEMU shows its guest: a card that connects to
/// the listener is in, one that closes its end is pulled. One card at a time; others wait in the listener's queue.
///
/// QEMU says nothing of power and reset: a card is powered when it goes in, and stays so until it is pulled.
class Bridge {
  public:
    /// `qemu`: connected to the chardev of a ccid-card-passthru. `answer_time`: what a card may take for one answer.
    Bridge(UniqueFd qemu, UniqueFd listener, std::chrono::milliseconds answer_time);

    /// Shows the slot, then serves until `stopper` is readable; a card that is in is pulled then. Fails when QEMU goes
    /// away, refuses something or talks nonsense.
    Outcome<void> run(int stopper);

  private:
    Outcome<void> serve(int stopper);
    Outcome<void> send(ByteView message);
    Outcome<void> hear();
    Outcome<void> on_message(const VscMessage& message);
    Outcome<void> on_command(ByteView apdu);
    Outcome<void> take_card();
    Outcome<void> drop_card();

    UniqueFd qemu_;
    UniqueFd listener_;
    std::chrono::milliseconds answer_time_;
    VscParser parser_;
    std::unique_ptr<CardLink> card_;
};

}  // namespace sekimori::lab
