// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "tests/lab/bytes.hpp"

/// The wire between a reader and a software card, as vsmartcard's vpcd defines it: a big-endian 16-bit length, then
/// that many bytes. A body of one byte from the reader is a control code; a longer one is a command APDU. Pure code, no
/// I/O.
namespace sekimori::lab {

/// Control codes of vpcd's protocol. Only `Atr` is answered (with the answer-to-reset).
enum class Control : std::uint8_t { PowerOff = 0x00, PowerOn = 0x01, Reset = 0x02, Atr = 0x04 };

inline constexpr std::size_t kFrameHeader = 2;
inline constexpr std::size_t kMaxFrameBody = 0xFFFF;

/// Puts the length in front. A body over kMaxFrameBody cannot be sent.
std::optional<Bytes> encode_frame(ByteView body);
Bytes encode_frame(Control code);

/// Cuts a stream into frame bodies. Holds at most one frame: memory is bounded by kFrameHeader + kMaxFrameBody whatever
/// arrives.
class FrameParser {
  public:
    /// Takes bytes up to the end of the current frame and returns how many it took; fewer than given means that a frame
    /// is complete: call take(), then feed the rest.
    std::size_t feed(ByteView bytes);
    /// How many bytes the current frame still lacks (of the header first); 0 when one is complete.
    std::size_t missing() const;
    /// The complete frame's body, and makes room for the next; nothing while it is incomplete.
    std::optional<Bytes> take();

  private:
    Bytes buffer_;
};

}  // namespace sekimori::lab
