// SPDX-License-Identifier: Apache-2.0
// The broker's listeners: handed over by systemd (made by root in /run/sekimori), or made here (lab).
#pragma once

#include "protocol/channel.hpp"
#include "protocol/config.hpp"

namespace sekimori::daemon {

struct Listeners {
    UniqueFd auth, card, finger, lock, media, fleet;
};
// Errors: refused (production without passed listeners), exists (a second broker), io.
[[nodiscard]] Result<Listeners> make_listeners(const Config& config);

}  // namespace sekimori::daemon
