// SPDX-License-Identifier: Apache-2.0
// What stands behind pam_sekimori.so in a stack. The stack is the only source: no environment, no file.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/result.hpp"
#include "protocol/schema.hpp"

namespace sekimori::pam {

enum class Language : std::uint8_t { en, ja };

inline constexpr const char* kDefaultSocket = "/run/sekimori/auth.sock";

struct Options {
    std::optional<wire::Intent> intent;  // none: usual_intent() of the service
    wire::Trial trial{wire::Trial::no};
    Language language{Language::en};
    std::string socket{kDefaultSocket};
};

// `arguments` as PAM hands them over. A repeated option: the last one holds. Errors: invalid_argument (unknown option
// or value, a socket that is not an absolute path); the message names the option.
[[nodiscard]] Result<Options> parse_options(std::span<const char* const> arguments);

}  // namespace sekimori::pam
