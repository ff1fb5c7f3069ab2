// SPDX-License-Identifier: Apache-2.0
// The enrolment station (窓口の一括登録): who lacks what on this terminal, and the lease under which one
// administrator's two factors serve for a queue of people.
#pragma once

#include <string_view>

#include "daemon/admin/json.hpp"

namespace sekimori::daemon {

// What a person lacks here.
struct Lack {
    bool card{};            // no card that opens anything, now or after it is reinstated
    std::size_t fingers{};  // how many more are needed
    bool unusable{};        // fingers there are, but none for this terminal's kind of sensor
    [[nodiscard]] bool any() const noexcept { return card || fingers != 0 || unusable; }
};
[[nodiscard]] Lack lack_of(const PersonRecord& person, const std::vector<CardRecord>& cards,
                           const std::vector<FingerRecord>& fingers, const std::vector<wire::Scanner>& scanners);

// Is this the enrolment of something that the person lacks? `arguments` as the verb got them.
[[nodiscard]] bool is_lacking(const Broker& broker, std::string_view verb, const std::string& arguments);

// enrol.queue
Reply enrol_queue(Broker& broker, Arguments& arguments);

}  // namespace sekimori::daemon
