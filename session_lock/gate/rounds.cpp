// SPDX-License-Identifier: Apache-2.0
#include "session_lock/gate/rounds.hpp"

#include <security/pam_appl.h>

namespace sekimori::gate {

Round round_of(int authentication, int account) noexcept {
    const int code = authentication == PAM_SUCCESS ? account : authentication;
    if (authentication == PAM_SUCCESS && account == PAM_SUCCESS) return Round::granted;
    if (code == PAM_MAXTRIES) return Round::locked_out;
    if (code == PAM_AUTHINFO_UNAVAIL || code == PAM_MODULE_UNKNOWN || code == PAM_SYSTEM_ERR) return Round::unavailable;
    return Round::refused;
}

Millis pause_after(Round round) noexcept {
    switch (round) {
        case Round::refused:
            return std::chrono::seconds{1};
        case Round::unavailable:  // broker and devices come up beside us, at every start
            return std::chrono::seconds{2};
        case Round::locked_out:
            return std::chrono::seconds{5};
        case Round::granted:
        case Round::stopped:
            return Millis{0};
    }
    return std::chrono::seconds{5};
}

Round run_rounds(const Hands& hands) {
    for (;;) {
        const Round round = hands.attempt();
        hands.tell(round);
        if (round == Round::granted || round == Round::stopped) return round;
        if (hands.wait(pause_after(round)) == Round::stopped) return Round::stopped;
    }
}

}  // namespace sekimori::gate
