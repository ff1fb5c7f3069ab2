// SPDX-License-Identifier: Apache-2.0
// One command and its whole answer, over as many APDUs as that takes: command chaining, GET RESPONSE after 61xx, one
// repetition with the right Le after 6Cxx (ISO/IEC 7816-4, 5.3).
#pragma once

#include "smartcard/apdu/transport.hpp"

namespace sekimori::smartcard {

// Bound of a whole answer: PIV's largest object is a certificate of some 3 KiB (SP 800-73-5 part 1, table 10).
inline constexpr std::size_t kMaxWholeAnswer = 8UL * 1024;
// ... and of its parts, so that a card can't give it out byte by byte.
inline constexpr unsigned kMaxParts = 48;

struct Reply {
    Bytes data;
    std::uint16_t status{};
    [[nodiscard]] bool ok() const noexcept { return status == sw::kOk; }
};

// Errors: those of Transport::transmit; unreadable also for an answer that is too large or never ends.
// A command with a PIN has no Le, so that no card can make us repeat it.
[[nodiscard]] CardResult<Reply> converse(Transport& transport, const Command& command);

// The same for a SELECT by name as the first word to a card: some answer 6F00 to whatever comes first after power-up.
[[nodiscard]] CardResult<Reply> select_application(Transport& transport, ByteSpan aid, std::uint8_t p2,
                                                   std::optional<std::uint16_t> le);

}  // namespace sekimori::smartcard
