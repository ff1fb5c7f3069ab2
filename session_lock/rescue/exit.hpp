// SPDX-License-Identifier: Apache-2.0
// What sekimori-rescue says by its exit code, to the gate and to the command.
#pragma once

#include "core/result.hpp"

namespace sekimori::rescue {

enum class Exit : int {
    done = 0,
    refused = 1,  // another code
    usage = 2,
    no_code = 3,  // what was typed can't be one; no try was spent
    nothing = 4,  // there is none, it was used, or no try is left
    failed = 5,
};

[[nodiscard]] constexpr Exit exit_of(ErrorCode code) noexcept {
    if (code == ErrorCode::mismatch) return Exit::refused;
    if (code == ErrorCode::malformed) return Exit::no_code;
    if (code == ErrorCode::not_found || code == ErrorCode::locked) return Exit::nothing;
    return Exit::failed;
}

}  // namespace sekimori::rescue
