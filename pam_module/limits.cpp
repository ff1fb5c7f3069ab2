// SPDX-License-Identifier: Apache-2.0
#include "pam_module/deadline.hpp"

namespace sekimori::pam {

const Limits& limits() noexcept {
    using namespace std::chrono_literals;
    static constexpr Limits kLimits{
        .dialogue = 100s, .trial = 15s, .request = 10s, .welcome = 5s, .offline_list = "/etc/sekimori/offline.allow"};
    return kLimits;
}

}  // namespace sekimori::pam
