// SPDX-License-Identifier: Apache-2.0
// Short APDUs (ISO/IEC 7816-4, 5.1 to 5.6): building commands, taking commands and answers apart. Pure and bounded.
#pragma once

#include <array>
#include <optional>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "protocol/secure_bytes.hpp"

namespace sekimori::smartcard {

inline constexpr std::size_t kMaxCommandData = 255;
inline constexpr std::size_t kMaxAnswerData = 256;
inline constexpr std::size_t kMaxCommand = 4 + 1 + kMaxCommandData + 1;
inline constexpr std::size_t kMaxAnswer = kMaxAnswerData + 2;

// ISO/IEC 7816-4, 5.6, and SP 800-73-5 part 2, table 3.
namespace sw {
inline constexpr std::uint16_t kOk = 0x9000;
inline constexpr std::uint16_t kEndOfFile = 0x6282;  // fewer bytes than asked for
inline constexpr std::uint16_t kSecurityNotSatisfied = 0x6982;
inline constexpr std::uint16_t kBlocked = 0x6983;
inline constexpr std::uint16_t kReferenceUnusable = 0x6984;  // JPKI: blocked
inline constexpr std::uint16_t kFileNotFound = 0x6a82;
inline constexpr std::uint16_t kReferenceNotFound = 0x6a88;
inline constexpr std::uint16_t kWrongOffset = 0x6b00;
inline constexpr std::uint16_t kNoDiagnosis = 0x6f00;
}  // namespace sw

// 61xx: xx more bytes wait (00: 256 or more). 6Cxx: ask again with Le xx. 63Cx: x tries are left.
[[nodiscard]] std::optional<std::uint16_t> more_waiting(std::uint16_t status) noexcept;
[[nodiscard]] std::optional<std::uint16_t> wrong_le(std::uint16_t status) noexcept;
[[nodiscard]] std::optional<std::uint8_t> tries_left(std::uint16_t status) noexcept;

// A command before it is cut into APDUs: `data` of any length (chaining), le 1 to 256. Views are the caller's.
struct Command {
    std::uint8_t cla{}, ins{}, p1{}, p2{};
    ByteSpan data{};
    std::optional<std::uint16_t> le{};
};

// One encoded command APDU. Wiped at its end: it may carry a PIN.
class CommandBytes {
  public:
    // Errors: too_large (data over 255 bytes, le not in 1..256).
    [[nodiscard]] static Result<CommandBytes> encode(const Command& command);
    CommandBytes(CommandBytes&& other) noexcept;
    CommandBytes(const CommandBytes&) = delete;
    CommandBytes& operator=(const CommandBytes&) = delete;
    CommandBytes& operator=(CommandBytes&&) = delete;
    ~CommandBytes() { wipe(bytes_); }
    [[nodiscard]] ByteSpan span() const noexcept { return {bytes_.data(), size_}; }

  private:
    CommandBytes() = default;
    void push(std::uint8_t byte) noexcept { bytes_[size_++] = byte; }
    std::array<std::uint8_t, kMaxCommand> bytes_{};
    std::size_t size_{0};
};

// Takes one short command APDU apart; the view of its data points into `bytes`. Errors: malformed.
[[nodiscard]] Result<Command> parse_command(ByteSpan bytes);

struct Answer {
    ByteSpan data;  // points into what was parsed
    std::uint16_t status{};
};
// Errors: malformed (no status word), too_large (more than a short answer).
[[nodiscard]] Result<Answer> parse_answer(ByteSpan bytes);

}  // namespace sekimori::smartcard
