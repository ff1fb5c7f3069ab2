// SPDX-License-Identifier: Apache-2.0
// What a person is told of the clock that `run` signs by, and what they say of it.
#pragma once

#include "fleet/authority/context.hpp"

namespace sekimori::fleet {

// `clock accept`: the word without which nothing is signed by a clock that does not fit.
[[nodiscard]] Status clock(const Context& context);
// Empty: there is nothing to be said.
[[nodiscard]] std::string clock_warning(const Context& context);

}  // namespace sekimori::fleet
