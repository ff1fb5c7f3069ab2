// SPDX-License-Identifier: Apache-2.0
#include "biometric/fprint/faults.hpp"

namespace sekimori::biometric::fprint {

wire::FingerFault fault_of(const GError& error) noexcept {
    if (error.domain != FP_DEVICE_ERROR) return wire::FingerFault::internal;
    switch (error.code) {
        case FP_DEVICE_ERROR_REMOVED:
            return wire::FingerFault::gone;
        case FP_DEVICE_ERROR_TOO_HOT:
            return wire::FingerFault::too_hot;
        case FP_DEVICE_ERROR_BUSY:
        case FP_DEVICE_ERROR_ALREADY_OPEN:
            return wire::FingerFault::busy;
        case FP_DEVICE_ERROR_DATA_INVALID:
        case FP_DEVICE_ERROR_DATA_NOT_FOUND:
            return wire::FingerFault::bad_template;
        default:
            return wire::FingerFault::internal;
    }
}

std::optional<wire::RetryHint> hint_of(const GError& error) noexcept {
    if (error.domain != FP_DEVICE_RETRY) return std::nullopt;
    switch (error.code) {
        case FP_DEVICE_RETRY_TOO_SHORT:
            return wire::RetryHint::too_short;
        case FP_DEVICE_RETRY_CENTER_FINGER:
            return wire::RetryHint::center;
        case FP_DEVICE_RETRY_REMOVE_FINGER:
            return wire::RetryHint::remove_finger;
        default:
            return wire::RetryHint::general;
    }
}

bool is_cancelled(const GError& error) noexcept {
    return error.domain == G_IO_ERROR && error.code == G_IO_ERROR_CANCELLED;
}

}  // namespace sekimori::biometric::fprint
