// SPDX-License-Identifier: Apache-2.0
// The passphrase, from a descriptor or typed at the terminal; never from the command line or the environment.
#pragma once

#include <optional>

#include "core/result.hpp"
#include "protocol/secure_bytes.hpp"

namespace sekimori::fleet {

enum class Asked : std::uint8_t { once, twice };  // twice: a new one
// `fd`: none: /dev/tty. Errors: invalid_argument (nobody to ask, empty, not the same twice), io.
[[nodiscard]] Result<SecureBytes> ask_passphrase(std::optional<int> fd, Asked asked);

}  // namespace sekimori::fleet
