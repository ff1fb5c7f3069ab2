// SPDX-License-Identifier: Apache-2.0
// The answer of org.freedesktop.DBus.Properties.GetAll for a session of logind.
#pragma once

#include <systemd/sd-bus.h>

#include <optional>

#include "session_lock/view.hpp"

namespace sekimori::lockd {

// nullopt: malformed, or a property that is needed is missing.
[[nodiscard]] std::optional<SessionView> parse_session(sd_bus_message* message);

}  // namespace sekimori::lockd
