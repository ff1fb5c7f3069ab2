// SPDX-License-Identifier: Apache-2.0
// The rescue code: twenty letters of Crockford's base32, 95 random bits and one letter that finds a slip of the pen. It
// is drawn by us and read off paper, so what people take for another letter (O, I, L), case, blanks and dashes do not
// matter.
#pragma once

#include <string_view>

#include "core/ports.hpp"
#include "protocol/secure_bytes.hpp"

namespace sekimori::rescue {

inline constexpr std::size_t kCodeSize = 20;
inline constexpr std::size_t kGroup = 4;
inline constexpr std::size_t kMaxTyped = 128;

// Errors: io (no random bytes), internal (no memory).
[[nodiscard]] Result<SecureBytes> draw_code(Rng& rng);

// The code's own form: its letters and nothing else. Errors: malformed: these can't be a code, so nothing was guessed.
[[nodiscard]] Result<SecureBytes> read_code(std::string_view typed);

// As it is printed: in groups. Precondition: a code.
[[nodiscard]] SecureBytes in_groups(const SecureBytes& code);

}  // namespace sekimori::rescue
