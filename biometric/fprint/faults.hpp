// SPDX-License-Identifier: Apache-2.0
// libfprint's errors in the protocol's terms. Total: what is unknown is `internal`, never a success.
#pragma once

#include <fprint.h>

#include <optional>

#include "protocol/schema.hpp"

namespace sekimori::biometric::fprint {

[[nodiscard]] wire::FingerFault fault_of(const GError& error) noexcept;
// The hint of a retry error; nothing if it is not one.
[[nodiscard]] std::optional<wire::RetryHint> hint_of(const GError& error) noexcept;
[[nodiscard]] bool is_cancelled(const GError& error) noexcept;

}  // namespace sekimori::biometric::fprint
