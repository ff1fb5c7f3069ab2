// SPDX-License-Identifier: Apache-2.0
// How sekimori-card ends. Whoever supervises it starts it again after any of them.
#pragma once

namespace sekimori::smartcard {

inline constexpr int kExitDone = 0;        // the broker closed the connection, or said Retire
inline constexpr int kExitUsage = 64;      // command line or configuration
inline constexpr int kExitNoBroker = 69;   // nobody listens, or it did not welcome us
inline constexpr int kExitDeadline = 70;   // PC/SC or a card did not answer in time
inline constexpr int kExitViolation = 71;  // the broker sent what it never sends

}  // namespace sekimori::smartcard
