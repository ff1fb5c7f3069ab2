// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "tests/lab/bytes.hpp"

/// ISO/IEC 7816-4 command APDUs as a card sees them.
namespace sekimori::lab {

using Sw = std::uint16_t;

namespace sw {
inline constexpr Sw ok = 0x9000;
inline constexpr Sw more_data = 0x6100;    // low byte: how many bytes wait
inline constexpr Sw no_response = 0x6300;  // what contactless readers say when the tag did not answer
inline constexpr Sw tries_left = 0x63C0;   // low nibble: tries
inline constexpr Sw wrong_length = 0x6700;
inline constexpr Sw security_status = 0x6982;  // PIN needed
inline constexpr Sw blocked = 0x6983;
inline constexpr Sw reference_unusable = 0x6984;
inline constexpr Sw conditions = 0x6985;
inline constexpr Sw no_current_file = 0x6986;
inline constexpr Sw wrong_data = 0x6A80;
inline constexpr Sw not_supported = 0x6A81;
inline constexpr Sw not_found = 0x6A82;
inline constexpr Sw wrong_p1p2 = 0x6A86;
inline constexpr Sw reference_not_found = 0x6A88;
inline constexpr Sw past_end = 0x6B00;
inline constexpr Sw exact_length = 0x6C00;  // low byte: the right Le
inline constexpr Sw unknown_ins = 0x6D00;
inline constexpr Sw unknown_cla = 0x6E00;
inline constexpr Sw unknown_error = 0x6F00;
}  // namespace sw

namespace ins {
inline constexpr std::uint8_t verify = 0x20;
inline constexpr std::uint8_t perform_security_operation = 0x2A;
inline constexpr std::uint8_t general_authenticate = 0x87;
inline constexpr std::uint8_t select = 0xA4;
inline constexpr std::uint8_t read_binary = 0xB0;
inline constexpr std::uint8_t get_response = 0xC0;
inline constexpr std::uint8_t get_data_uid = 0xCA;
inline constexpr std::uint8_t get_data = 0xCB;
}  // namespace ins

struct Command {
    std::uint8_t cla = 0;
    std::uint8_t ins = 0;
    std::uint8_t p1 = 0;
    std::uint8_t p2 = 0;
    Bytes data;
    /// The most bytes the host takes; absent when it expects none. Le 00 is 256, extended 0000 is 65536.
    std::optional<std::size_t> le;

    bool is(std::uint8_t want_cla, std::uint8_t want_ins) const { return cla == want_cla && ins == want_ins; }
};

/// Parses a short or extended command APDU; nothing when the lengths do not add up.
std::optional<Command> parse_command(ByteView apdu);

Bytes status(Sw sw);
Bytes answer(ByteView data, Sw sw = sw::ok);
/// The status word of an answer; 0 when it has none.
Sw status_of(ByteView response);

/// Gives long answers out in parts: 61xx and GET RESPONSE.
class AnswerQueue {
  public:
    /// The first part, as long as `command` allows; the rest waits.
    Bytes start(Bytes data, const Command& command);
    /// Answers GET RESPONSE.
    Bytes next(const Command& command);
    void clear() { waiting_.clear(); }

  private:
    Bytes waiting_;
};

/// Joins chained commands (CLA bit 0x10).
class CommandChain {
  public:
    /// Nothing while more parts are to come (answer 9000) or the chain grew too long (overflowed() is true);
    /// else the whole command with the chaining bit taken off.
    std::optional<Command> add(Command part);
    bool overflowed() const { return overflowed_; }
    void clear();

  private:
    std::optional<Command> pending_;
    bool overflowed_ = false;
};

}  // namespace sekimori::lab
