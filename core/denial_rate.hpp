// SPDX-License-Identifier: Apache-2.0
// How often a terminal of the help desk may suspend: a stolen badge of the help desk stops a few people, not the
// office.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "core/instant.hpp"

namespace sekimori {

struct DenialRate {
    std::uint32_t hour{5}, day{20};
};

// When the next one may be said; none: now. `said`: when the earlier ones were, in any order; one of a later time (the
// clock was set back) counts as of now.
[[nodiscard]] std::optional<Millis> not_before(const DenialRate& rate, std::span<const Millis> said, Millis now);

}  // namespace sekimori
