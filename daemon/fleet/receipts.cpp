// SPDX-License-Identifier: Apache-2.0
#include "daemon/fleet/receipts.hpp"

#include <algorithm>

namespace sekimori::daemon {

void Receipt::add(const Acknowledgement& ack, Millis boottime) {
    confirmed.try_emplace(ack.terminal, Confirmed{ack.outcome, ack.sessions, std::max(boottime - begun, Millis{0})});
}

ReceiptState state_of(const std::vector<const Receipt*>& receipts, const FleetView& fleet,
                      const FreshnessPolicy& freshness) {
    ReceiptState state;
    for (const auto& [id, terminal] : fleet.terminals) {
        if (terminal.standing != Standing::in_force) continue;
        ++state.terminals;
        const bool everywhere =
            std::ranges::all_of(receipts, [&, key = id](const Receipt* one) { return one->confirmed.contains(key); });
        if (everywhere)
            ++state.confirmed;
        else
            state.missing.push_back({id, terminal.name});
        for (const Receipt* one : receipts)
            if (const auto at = one->confirmed.find(id); at != one->confirmed.end()) {
                state.sessions += at->second.sessions;
                state.slowest = std::max(state.slowest, at->second.after);
            }
    }
    const bool placed = std::ranges::all_of(receipts, [](const Receipt* one) { return one->placed.has_value(); });
    const bool ends = freshness.past == PastMax::deny || freshness.certificate != Millis{0};
    if (placed && ends) {
        Millis last{0};
        for (const Receipt* one : receipts) last = std::max(last, *one->placed);
        last += freshness.most + (freshness.past == PastMax::deny ? Millis{0} : freshness.certificate);
        // Where an officer extended it, certificate cards open until then.
        for (const auto& [id, extension] : fleet.extensions)
            for (const auto& missing : state.missing)
                if (extension.about(missing.id, fleet.terminals.at(missing.id).group))
                    last = std::max(last, extension.time.until);
        state.refuse_at_latest = last;
    }
    return state;
}

}  // namespace sekimori::daemon
