// SPDX-License-Identifier: Apache-2.0
#include "daemon/auth/refusals.hpp"

#include "event/log.hpp"

namespace sekimori::daemon {

void Refusals::append(Store& store, const AuditEvent& event, Millis boottime) {
    if (!budget_.take(boottime)) {
        if (left_out_++ == 0) log_warning("refusals come faster than they are written down: they are counted");
        return;
    }
    if (left_out_ > 0) {
        AuditEvent gap;
        gap.what = "refusals";
        gap.reason = "left_out:" + std::to_string(left_out_);
        if (!store.append(gap)) return log_error("refusals that were left out could not be recorded");
        left_out_ = 0;
        if (!budget_.take(boottime)) {
            ++left_out_;
            return;
        }
    }
    // A refusal stands whether it can be written down or not.
    if (const auto stored = store.append(event); !stored)
        log_error("a refusal could not be recorded: {}", stored.error().message);
}

}  // namespace sekimori::daemon
