// SPDX-License-Identifier: Apache-2.0
// The passphrase and the card's PIN, from a descriptor or typed at the terminal; never from the command line or the
// environment.
#pragma once

#include <optional>
#include <string>

#include "core/result.hpp"
#include "protocol/secure_bytes.hpp"

namespace sekimori::fleet {

enum class Asked : std::uint8_t { once, twice };  // twice: a new one
// `fd`: none: /dev/tty. Errors: invalid_argument (nobody to ask, empty, not the same twice), io.
[[nodiscard]] Result<SecureBytes> ask_passphrase(std::optional<int> fd, Asked asked);
// Errors: as above.
[[nodiscard]] Result<SecureBytes> ask_pin(std::optional<int> fd, const std::string& question);

}  // namespace sekimori::fleet
