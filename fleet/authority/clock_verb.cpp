// SPDX-License-Identifier: Apache-2.0
#include "fleet/authority/clock_verb.hpp"

namespace sekimori::fleet {

Status clock(const Context& context) {
    const auto& verb = context.words.verb;
    if (verb.size() != 2 || verb[1] != "accept") return fail(ErrorCode::invalid_argument, "clock: accept");
    if (const auto identity = context.state.identity(); !identity) return tl::unexpected<Error>(identity.error());
    const auto kept = context.state.clock();
    if (!kept && kept.error().code != ErrorCode::not_found) return tl::unexpected<Error>(kept.error());
    return context.state.keep(accepted(kept ? *kept : ClockRecord{}, context.clock.now()));
}

std::string clock_warning(const Context& context) {
    const auto kept = context.state.clock();
    const ClockIs is = kept ? judge(*kept, context.clock.now()) : ClockIs::right;
    if (is == ClockIs::right) return "";
    return std::string(describe(is)) + ", and nothing is signed: clock accept, once it is right";
}

}  // namespace sekimori::fleet
