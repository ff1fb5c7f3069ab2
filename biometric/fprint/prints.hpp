// SPDX-License-Identifier: Apache-2.0
// Templates: from bytes to libfprint's prints and back. libfprint writes a print's user name and finger in clear: ours
// carry neither. Its own copies of a template live in its own memory, which it does not wipe: this process is not
// dumpable, and ends with the session's sensor.
#pragma once

#include <fprint.h>

#include <cstdint>
#include <span>
#include <vector>

#include "biometric/fprint/glib.hpp"
#include "core/result.hpp"
#include "protocol/secure_bytes.hpp"

namespace sekimori::biometric::fprint {

struct GalleryPrint {
    std::uint8_t index;  // in the broker's gallery
    Object<FpPrint> print;
};
using Gallery = std::vector<GalleryPrint>;

// A blank print for an enrolment on `device`, without a name or a finger.
[[nodiscard]] Object<FpPrint> blank_print(FpDevice* device);

// Those of `templates` that parse and were made by a sensor of this driver and device id. Errors: mismatch (none).
[[nodiscard]] Result<Gallery> fitting(std::span<const SecureBytes> templates, FpDevice* device);

// Errors: internal, too_large.
[[nodiscard]] Result<SecureBytes> serialize(FpPrint* print);

}  // namespace sekimori::biometric::fprint
