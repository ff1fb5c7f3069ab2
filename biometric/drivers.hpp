// SPDX-License-Identifier: Apache-2.0
// Which of libfprint's drivers may judge a finger. A driver that is not in the table is refused: a sensor is trusted
// because somebody looked at how it decides, not because it is plugged in.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/result.hpp"
#include "protocol/config.hpp"
#include "protocol/schema.hpp"

namespace sekimori::biometric {

enum class Matching : std::uint8_t {
    host,      // NBIS bozorth3 in this process, with the threshold of the table
    chip,      // the sensor decides, and keeps the templates
    software,  // a virtual device: lab mode only
};

// libfprint's default threshold is 40 (libfprint 1.94.5, fp-image-device.c), above which NIST's guide to NBIS calls two
// prints the same finger. Drivers lower it for small or swiped sensors. Below 24 an impostor is too likely for a
// factor.
inline constexpr int kLowestThreshold = 24;

struct Driver {
    std::string_view name;
    Matching matching;
    int threshold;  // host only
    std::string_view note;
};

// The row of the table, or nullptr.
[[nodiscard]] const Driver* find_driver(std::string_view name) noexcept;

// Errors: refused, with the reason for the log.
[[nodiscard]] Result<const Driver*> allowed_driver(std::string_view name, LabMode lab);

}  // namespace sekimori::biometric
