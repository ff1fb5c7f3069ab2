// SPDX-License-Identifier: Apache-2.0
// The key of a group of terminals on its way to one of them: X25519 with a fresh key, HKDF-SHA-256, AES-256-GCM. Sealed
// is the fresh public key (32), then what AES gives.
#pragma once

#include "core/ids.hpp"
#include "crypto/x25519.hpp"
#include "ledger/tlv.hpp"

namespace sekimori {

// For whom and what; bound to the sealed bytes.
struct GroupKeyFor {
    LedgerId ledger;
    TerminalId terminal;
    GroupId group;
    std::uint32_t generation{1};
};

// Errors: invalid_argument (no key of 32 bytes), mismatch (the terminal's key is none), crypto, what the Rng says.
[[nodiscard]] Result<Bytes> wrap_group_key(const crypto::BoxPublicKey& terminal, const GroupKeyFor& what, ByteSpan key,
                                           Rng& rng);
// Errors: mismatch (sealed for another terminal, group or generation, or damaged), malformed.
[[nodiscard]] Result<SecureBytes> unwrap_group_key(const crypto::BoxKey& terminal, const GroupKeyFor& what,
                                                   ByteSpan sealed);

}  // namespace sekimori
