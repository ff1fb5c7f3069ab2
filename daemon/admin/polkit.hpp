// SPDX-License-Identifier: Apache-2.0
// Who calls over the bus, and whether polkit lets them in. Asynchronous; whatever goes wrong is "no".
#pragma once

#include <gio/gio.h>

#include <functional>
#include <optional>

#include "daemon/admin/command.hpp"
#include "daemon/io/bus.hpp"

namespace sekimori::daemon {

enum class Polkit : std::uint8_t { refused, authorized };

// nullopt: the bus does not know the caller any more, or does not answer.
void caller_of(BusCalls& bus, GDBusMethodInvocation* call, std::function<void(std::optional<CommandCaller>)> then);
void ask_polkit(GDBusMethodInvocation* call, const char* action, std::function<void(Polkit)> then);

}  // namespace sekimori::daemon
