// SPDX-License-Identifier: Apache-2.0
#include "daemon/fleet/receipts.hpp"

#include <algorithm>

namespace sekimori::daemon {

void Receipt::add(const Acknowledgement& ack, Millis boottime) {
    Confirmed word{ack.outcome, ack.sessions, std::nullopt};
    if (begun) word.after = std::max(boottime - *begun, Millis{0});
    confirmed.try_emplace(ack.terminal, word);
}

namespace {

// The last time at which one of them may open something.
std::optional<Millis> refusal_of(const std::vector<const Receipt*>& receipts,
                                 const std::vector<ReceiptState::Missing>& missing, const FleetView& fleet,
                                 std::span<const OfflineRule> offline) {
    Millis placed{0};
    for (const Receipt* one : receipts) {
        if (!one->placed) return std::nullopt;
        placed = std::max(placed, *one->placed);
    }
    LastOpening opening(offline, placed);
    Millis last = placed;
    for (const ReceiptState::Missing& one : missing) {
        const TerminalEntry& terminal = fleet.terminals.at(one.id);
        std::vector<GroupId> groups = terminal.groups_before;
        groups.push_back(terminal.group);
        const auto ends = opening.of(groups, terminal.since);
        if (!ends) return std::nullopt;
        last = std::max(last, *ends);
        // Where an officer extended it, certificate cards open until then.
        for (const auto& [id, extension] : fleet.extensions)
            if (std::ranges::any_of(groups, [&](const GroupId& group) { return extension.about(one.id, group); }))
                last = std::max(last, extension.time.until);
    }
    return last;
}

}  // namespace

ReceiptState state_of(const std::vector<const Receipt*>& receipts, const FleetView& fleet,
                      std::span<const OfflineRule> offline) {
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
                if (!at->second.after)
                    state.slowest.reset();
                else if (state.slowest)
                    state.slowest = std::max(*state.slowest, *at->second.after);
            }
    }
    state.refuse_at_latest = refusal_of(receipts, state.missing, fleet, offline);
    return state;
}

}  // namespace sekimori::daemon
