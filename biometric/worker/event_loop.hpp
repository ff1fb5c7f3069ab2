// SPDX-License-Identifier: Apache-2.0
// Puts a dialogue on a broker's socket in the global default main context, where libfprint lives too.
#pragma once

#include "biometric/dialogue.hpp"
#include "protocol/channel.hpp"

namespace sekimori::biometric {

// Serves until the process is to end. Precondition: `broker` is connected.
[[nodiscard]] Fate serve(Channel broker, BiometricPort& port, std::function<void(const std::string&)> log);

}  // namespace sekimori::biometric
