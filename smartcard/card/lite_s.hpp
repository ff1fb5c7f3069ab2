// SPDX-License-Identifier: Apache-2.0
// FeliCa Lite-S, as a relay: the broker holds the card key and computes every MAC; we carry blocks to and fro.
// Also cards of which we know an identifier only.
#pragma once

#include <optional>

#include "smartcard/apdu/dialogue.hpp"
#include "smartcard/apdu/felica_frame.hpp"

namespace sekimori::smartcard {

inline constexpr std::size_t kMinIdentifier = 4;
inline constexpr std::size_t kMaxIdentifier = 10;

// The IDm or UID that the reader sees (PC/SC part 3, 3.2.2.1.3). nullopt: a contact card, or none of 4 to 10 bytes.
[[nodiscard]] CardResult<std::optional<Bytes>> identifier(Transport& transport);

namespace lite_s {

// Polls for the Lite-S system. nullopt: the card is no Lite-S.
[[nodiscard]] CardResult<std::optional<Polled>> poll(Transport& transport);
// The ID block: D_ID of the maker and the issuer's part. Read without a MAC: untrusted.
[[nodiscard]] CardResult<wire::Block> read_id(Transport& transport, const Idm& idm);

struct Challenged {
    wire::Block id{}, ckv{}, mac_a{}, wcnt{};
};
// Round 1: RC <- rc; ID, CKV and MAC_A; WCNT.
[[nodiscard]] CardResult<Challenged> challenge(Transport& transport, const Idm& idm, const wire::Block& rc);

struct Confirmed {
    wire::Block state{}, mac_a{};
};
// Round 2: STATE <- state with its MAC; STATE and MAC_A back. A wrong MAC is refused by the card: unreadable.
[[nodiscard]] CardResult<Confirmed> authenticate(Transport& transport, const Idm& idm, const wire::Block& state,
                                                 const wire::Block& mac_a);

}  // namespace lite_s
}  // namespace sekimori::smartcard
