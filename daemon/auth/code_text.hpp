// SPDX-License-Identifier: Apache-2.0
// The text of a code: twelve characters of Crockford's base 32 (no I, L, O, U), shown as XXXX-XXXX-XXXX. The first four
// are its handle, which says whose it is and is no secret; eight are, 40 bits. Substitute and break-glass codes look
// alike.
#pragma once

#include <optional>
#include <string>

#include "core/ports.hpp"
#include "protocol/secure_bytes.hpp"

namespace sekimori::daemon {

struct CodeText {
    std::string handle;
    SecureBytes whole;  // handle and secret, as they are hashed

    // As it is written down.
    [[nodiscard]] SecureBytes shown() const;
};

// What a person typed: either case, blanks and hyphens anywhere, O for 0, I and L for 1. None: no code.
[[nodiscard]] std::optional<CodeText> read_code(ByteSpan typed);
// Errors: what the Rng says.
[[nodiscard]] Result<CodeText> draw_code(Rng& rng);

}  // namespace sekimori::daemon
