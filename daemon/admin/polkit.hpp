// SPDX-License-Identifier: Apache-2.0
// Who calls over the bus, and whether polkit lets them in. Asynchronous; whatever goes wrong is "no".
#pragma once

#include <gio/gio.h>

#include <functional>
#include <optional>

#include "daemon/admin/command.hpp"

namespace sekimori::daemon {

enum class Polkit : std::uint8_t { refused, authorized };

[[nodiscard]] std::optional<CommandCaller> caller_of(GDBusMethodInvocation* call);
void ask_polkit(GDBusMethodInvocation* call, const char* action, std::function<void(Polkit)> then);

}  // namespace sekimori::daemon
