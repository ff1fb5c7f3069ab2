// SPDX-License-Identifier: Apache-2.0
// Key derivation: HKDF-SHA-256 (RFC 5869) from keys, scrypt (RFC 7914) from passphrases; and the MAC under such a key.
#pragma once

#include "core/result.hpp"
#include "crypto/hash.hpp"
#include "protocol/secure_bytes.hpp"

namespace sekimori::crypto {

inline constexpr std::size_t kKeySize = 32;

// A key of 32 bytes for the use that `label` names. `key` is uniform already (a key, not a passphrase); no salt.
[[nodiscard]] Result<SecureBytes> hkdf(ByteSpan key, Label label, ByteSpan context = {});

// HMAC-SHA-256 (RFC 2104). Precondition: the key serves one purpose (hkdf() makes one). Errors: crypto.
[[nodiscard]] Result<Hash> hmac(ByteSpan key, ByteSpan bytes);

struct ScryptCost {
    std::uint8_t log2_n{17};  // 128 MiB with r = 8: about 0.4 s on a workstation
    std::uint8_t r{8}, p{1};
    bool operator==(const ScryptCost&) const = default;
};
// Bounds what a file may ask of us (1 GiB, p 4) as well as what it may dare to ask too little of (2^14).
[[nodiscard]] bool acceptable(const ScryptCost& cost) noexcept;

// A key of 32 bytes. Errors: invalid_argument (empty passphrase, salt under 16 bytes), unsupported (cost), crypto.
[[nodiscard]] Result<SecureBytes> scrypt(ByteSpan passphrase, ByteSpan salt, const ScryptCost& cost);

}  // namespace sekimori::crypto
