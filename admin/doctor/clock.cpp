// SPDX-License-Identifier: Apache-2.0
#include <sys/timex.h>
#include <time.h>

#include "admin/doctor/checks.hpp"
#include "admin/text.hpp"

namespace sekimori::doctor {

Checks check_clock() {
    using admin::later;
    constexpr time_t kReleased = 1704067200;  // 2024: a clock before it was lost
    timex kernel{};
    const bool kept = adjtimex(&kernel) != TIME_ERROR && (kernel.status & STA_UNSYNC) == 0;
    if (time(nullptr) < kReleased)
        return {{"clock",
                 Status::fail,
                 "",
                 {},
                 {later("The clock is wrong by years: nothing that expires can be judged."), {}},
                 {later("Set it; look at the battery of the board."), {}}}};
    if (!kept)
        return {{"clock",
                 Status::warn,
                 "",
                 {},
                 {later("Nothing keeps the clock right."), {}},
                 {later("Enable a time service: systemd-timesyncd or chrony, with a server of your network."), {}}}};
    return {{"clock", Status::ok, "", {}, {later("The clock is kept right."), {}}, {}}};
}

}  // namespace sekimori::doctor
