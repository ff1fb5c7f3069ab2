// SPDX-License-Identifier: Apache-2.0
// The second word of a line in a PAM stack: required, sufficient, ... or [value=action ...], as Linux-PAM 1.5 reads it.
#pragma once

#include <string_view>

#include "admin/doctor/pam_code.hpp"

namespace sekimori::doctor {

enum class ControlFault : std::uint8_t {
    none,
    syntax,     // not understood: libpam takes every code as bad
    undefined,  // a jump that overflows libpam's int: anything may happen
};

struct Control {
    Actions actions{};
    ControlFault fault{ControlFault::none};
};

// `word` without its brackets. Not for include and substack.
[[nodiscard]] Control control_of(std::string_view word);

[[nodiscard]] bool same_word(std::string_view a, std::string_view b) noexcept;  // ASCII letters of either case

}  // namespace sekimori::doctor
