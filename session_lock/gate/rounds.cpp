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

Millis pause_after(Round round, Rescue rescue) noexcept {
    switch (round) {
        case Round::refused:
            return std::chrono::seconds{1};
        case Round::unavailable:
            // Broker and devices come up beside us, at every start. Later each round is a line in the trail, and a
            // machine whose reader is broken may stand there for a week.
            return std::chrono::seconds{rescue == Rescue::not_yet ? 2 : 10};
        case Round::locked_out:
            return std::chrono::seconds{5};
        case Round::granted:
        case Round::stopped:
            return Millis{0};
    }
    return std::chrono::seconds{5};
}

Rescue Patience::after(Round round, Millis now) noexcept {
    if (round != Round::unavailable) since_.reset();
    if (round == Round::unavailable && !since_) since_ = now;
    return since_ && now - *since_ >= kPatience ? Rescue::offered : Rescue::not_yet;
}

Round run_rounds(const Hands& hands) {
    Patience patience;
    for (;;) {
        const Round round = hands.attempt();
        const Rescue rescue = patience.after(round, hands.now());
        hands.tell(round, rescue);
        if (round == Round::granted || round == Round::stopped) return round;
        const Pause pause = hands.wait(pause_after(round, rescue), rescue);
        if (pause == Pause::stopped) return Round::stopped;
        if (pause == Pause::key && rescue == Rescue::offered) hands.rescue();
    }
}

}  // namespace sekimori::gate
