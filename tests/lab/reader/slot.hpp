// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "tests/lab/reader/card_link.hpp"
#include "tests/lab/reader/device_name.hpp"

namespace sekimori::lab {

enum class Presence : std::uint8_t { Absent, Present };

/// One reader with one slot: a listening socket, and at most one card in it.
///
/// A second card that connects while one is in waits in the listener's queue and goes in once the first is out. pcscd
/// asks for the presence from within its power calls too and forgets that answer, so "absent" said once may not have
/// been heard: the first wait after a removal returns at once, which makes the event thread look again, and no card
/// goes in before its second. A quick swap never looks like one card that stayed, and no removal is missed.
///
/// presence() and wait_for_change() are called by pcscd's event thread, transmit() and the power calls by whoever holds
/// pcscd's lock of this reader, stop() by anybody.
class Slot {
  public:
    static Outcome<std::unique_ptr<Slot>> open(const DeviceName& name);
    ~Slot();
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;

    /// Whether a card is in. Cards go in and out only when the event thread asks (the thread that called
    /// wait_for_change(); any thread before its first call), so that no other caller can swallow an event.
    Presence presence();
    /// Returns when the answer of presence() may have changed, after `limit`, or once stop() was called.
    void wait_for_change(std::chrono::milliseconds limit);
    /// Ends one wait_for_change(): the one under way, else the next. pcscd does so at every disconnection, to have the
    /// event thread look at the power state again, and before it ends that thread.
    void stop() const noexcept;

    /// Power on or warm reset; returns the answer-to-reset.
    tl::expected<Bytes, LinkError> power_on();
    tl::expected<Bytes, LinkError> reset();
    void power_off();
    tl::expected<Bytes, LinkError> transmit(ByteView apdu);

  private:
    Slot(UniqueFd listener, UniqueFd stopper, std::string bound_path, std::chrono::milliseconds answer_time);
    std::shared_ptr<CardLink> card() const;
    std::shared_ptr<CardLink> accept_card() const;
    tl::expected<Bytes, LinkError> start(Control code);

    UniqueFd listener_;
    UniqueFd stopper_;        // an eventfd, readable once stopped
    std::string bound_path_;  // unlinked at the end; empty for an inherited listener
    std::chrono::milliseconds answer_time_;
    mutable std::mutex mutex_;
    std::shared_ptr<CardLink> card_;
    std::thread::id event_thread_;
    enum class Removal : std::uint8_t { Noticed, LookedForAgain, Shown } removal_ = Removal::Shown;
};

}  // namespace sekimori::lab
