// SPDX-License-Identifier: Apache-2.0
// What the machine keeps of a rescue code: enough to know it again, and not enough to find it.
#pragma once

#include <string>

#include "core/ports.hpp"
#include "crypto/hash.hpp"
#include "protocol/secure_bytes.hpp"

namespace sekimori::rescue {

inline constexpr std::size_t kSaltSize = 16;
inline constexpr std::size_t kMaxSeal = 256;

struct Seal {
    std::array<std::uint8_t, kSaltSize> salt{};
    crypto::Hash hash{};
    bool operator==(const Seal&) const = default;
};

// Errors: io, crypto.
[[nodiscard]] Result<Seal> seal(const SecureBytes& code, Rng& rng);
// Errors: mismatch (another code), crypto.
[[nodiscard]] Status open_seal(const Seal& seal, const SecureBytes& code);

// The file (docs/FORMATS.md). Errors: corrupt, unsupported (a later version's).
[[nodiscard]] std::string write_seal(const Seal& seal);
[[nodiscard]] Result<Seal> read_seal(std::string_view text);

}  // namespace sekimori::rescue
