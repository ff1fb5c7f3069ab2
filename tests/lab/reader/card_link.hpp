// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

#include "tests/lab/reader/frame.hpp"
#include "tests/lab/unique_fd.hpp"

namespace sekimori::lab {

enum class LinkError : std::uint8_t {
    Gone,    ///< the card closed its end: it is pulled
    Silent,  ///< no complete answer in time; the card is still in
    Unruly,  ///< the card spoke without being asked; it was thrown out
};

/// The reader's end of one card's connection. Every call is bounded in time and memory whatever the card does.
///
/// The wire has no sequence numbers: each APDU and each ATR request gets exactly one answer, in order. So an answer
/// that comes too late is counted and dropped, never taken for the answer to a later request; a card that leaves a
/// request unanswered for ever stays mute until it is put in again.
///
/// request() and tell() belong to one thread at a time (pcscd holds the reader's lock); gone(), fd() and shut() may be
/// called from any thread meanwhile.
class CardLink {
  public:
    /// `fd`: a connected stream socket.
    explicit CardLink(UniqueFd fd);

    /// Sends one frame and waits for its answer, at most `limit` for both together.
    tl::expected<Bytes, LinkError> request(ByteView body, std::chrono::milliseconds limit);
    /// Sends a control code that has no answer.
    tl::expected<void, LinkError> tell(Control code, std::chrono::milliseconds limit);

    /// True once the card has closed its end or was thrown out. Reads nothing.
    bool gone() const;
    /// Ends the connection in both directions; wakes whoever polls fd(). The descriptor itself lives as long as this
    /// object.
    void shut() const noexcept;
    int fd() const noexcept { return fd_.get(); }

  private:
    using Deadline = std::chrono::steady_clock::time_point;
    tl::expected<void, LinkError> send(ByteView frame, Deadline deadline);
    tl::expected<void, LinkError> receive(Deadline deadline);
    tl::expected<void, LinkError> drop_late_answers();

    UniqueFd fd_;
    FrameParser parser_;
    unsigned owed_ = 0;  // answers the card still has to give
};

}  // namespace sekimori::lab
