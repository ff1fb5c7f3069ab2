// SPDX-License-Identifier: Apache-2.0
// Another limits.cpp, for the tests that wait until the module gives up, and for a list that they can write.
#include "pam_module/deadline.hpp"

namespace sekimori::pam {

const Limits& limits() noexcept {
    using namespace std::chrono_literals;
    // The welcome has more time than it needs: it is what tells silence from a broker that is not there.
    static constexpr Limits kLimits{
        .dialogue = 2500ms, .trial = 1s, .request = 2500ms, .welcome = 2s, .offline_list = SEKIMORI_OFFLINE_LIST};
    return kLimits;
}

}  // namespace sekimori::pam
