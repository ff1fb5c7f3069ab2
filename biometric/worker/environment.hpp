// SPDX-License-Identifier: Apache-2.0
// The process itself: what it inherits and what it gives away. Called once, before libfprint and any other thread.
#pragma once

#include <string>
#include <vector>

#include "core/result.hpp"
#include "protocol/config.hpp"

namespace sekimori::biometric {

// No core dump, no ptrace by the same user, no new privileges. Errors: internal.
[[nodiscard]] Status harden();

// Takes what steers libfprint, GLib and libusb out of the environment: FP_*, G_*, LIBUSB_*. In lab mode FP_VIRTUAL_*
// stays. The names that went are returned for the log.
std::vector<std::string> scrub_environment(LabMode lab);

// GLib's and libfprint's warnings go to stderr, one line each; their debug output, which may tell of minutiae, nowhere.
void quiet_logging();

void log_line(const std::string& text);

}  // namespace sekimori::biometric
