// SPDX-License-Identifier: Apache-2.0
// PINs of cards: refused here if the card could only say no, and spent only if more than one try is left.
#pragma once

#include "protocol/secure_bytes.hpp"
#include "smartcard/apdu/dialogue.hpp"

namespace sekimori::smartcard {

struct PinStatus {
    wire::PinState state{wire::PinState::unknown};
    std::uint8_t tries{0};  // meaningful with ready
    bool operator==(const PinStatus&) const = default;
};

// What goes into VERIFY. PIV: 6 to 8 digits, padded with FF (SP 800-73-5 part 2, 2.4.3); JPKI: 4 digits.
// Errors: pin_malformed (empty, too short, too long, something that is no ASCII digit), internal.
[[nodiscard]] CardResult<SecureBytes> pin_block(CardType type, const SecureBytes& pin);

// The status word of a VERIFY without data: it costs no try. 9000 means "verified already": unknown here, the caller
// logs out and asks again.
[[nodiscard]] PinStatus pin_status_of(std::uint16_t status) noexcept;
[[nodiscard]] CardResult<PinStatus> ask_tries(Transport& transport);

// Sends VERIFY once if `status` allows it. Precondition: the PIN's application (and file) is selected.
// Errors: pin_blocked, pin_missing, pin_last_try (all without sending), pin_wrong with the tries left, unreadable.
[[nodiscard]] CardResult<void> verify_pin(Transport& transport, const PinStatus& status, const SecureBytes& block);

}  // namespace sekimori::smartcard
