// SPDX-License-Identifier: Apache-2.0
// What is left of root once the switches are open: nothing.
#pragma once

#include <string>

#include "core/result.hpp"

namespace sekimori::udev {

// From here on this process is the owner of `socket` (as whom the broker knows it), or nobody where there is no such
// socket. Without root's rights it stays who it is. Errors: io (then nothing of a device may be read).
Status become_owner_of(const std::string& socket);

}  // namespace sekimori::udev
