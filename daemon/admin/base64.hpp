// SPDX-License-Identifier: Apache-2.0
// Bytes in JSON.
#pragma once

#include <glib.h>

#include <memory>
#include <span>
#include <string>

namespace sekimori::daemon {

[[nodiscard]] inline std::string to_base64(std::span<const std::uint8_t> bytes) {
    const std::unique_ptr<gchar, decltype(&g_free)> text(g_base64_encode(bytes.data(), bytes.size()), g_free);
    return text.get();
}

}  // namespace sekimori::daemon
