// SPDX-License-Identifier: Apache-2.0
// The one way from what was decided to a PAM code.
#pragma once

#include <cstdint>

#include "core/result.hpp"
#include "core/verdict.hpp"

namespace sekimori::pam {

enum class Phase : std::uint8_t {
    authenticate,
    set_credentials,
    account,
    open_session,
    close_session,
    change_token,
};
inline constexpr std::size_t kPhases = 6;

// How a call of the module ends.
enum class Ending : std::uint8_t {
    denied,  // the value of anything not decided
    granted,
    locked_out,
    unavailable,  // no broker, no device, remote: nothing was judged
    no_person,
    bad_option,
    observed,  // trial mode, whatever was decided
};
inline constexpr std::size_t kEndings = 7;

[[nodiscard]] Ending ending_of(Outcome outcome) noexcept;
// A failed dialogue. Silence and nonsense are denials; a broker that is not there has judged nothing.
[[nodiscard]] Ending ending_of(const Error& error) noexcept;

// Total, and closed: never PAM_IGNORE, and PAM_SUCCESS for Ending::granted only (in change_token never: there is
// nothing to change).
[[nodiscard]] int pam_code(Phase phase, Ending ending) noexcept;

}  // namespace sekimori::pam
