// SPDX-License-Identifier: Apache-2.0
#include "smartcard/pcsc/presence_tracker.hpp"

#include <algorithm>

namespace sekimori::smartcard::pcsc {

std::vector<PresenceEvent> PresenceTracker::update(const std::vector<ReaderState>& now) {
    std::vector<PresenceEvent> events;
    const auto find = [](auto& list, const std::string& name) {
        return std::ranges::find_if(list, [&](const auto& item) { return item.name == name; });
    };
    for (const Known& known : known_) {
        const auto at = find(now, known.name);
        const bool same = at != now.end() && at->present() && at->counter() == known.counter;
        if (known.present && !same) {
            const std::uint32_t counter = at == now.end() ? known.counter : at->counter();
            events.emplace_back(wire::CardAbsent{known.name, counter});
        }
    }
    const bool same_list = told_ && std::ranges::equal(known_, now, {}, &Known::name, &ReaderState::name);
    if (!same_list) {
        wire::Readers list;
        for (const ReaderState& state : now) list.readers.push_back({state.name});
        events.emplace_back(std::move(list));
    }
    std::vector<Known> next;
    for (const ReaderState& state : now) {
        const auto before = find(known_, state.name);
        const bool told = before != known_.end() && before->present && before->counter == state.counter();
        if (state.present() && !told) events.emplace_back(wire::CardPresent{state.name, state.counter()});
        next.push_back({state.name, state.present(), state.counter()});
    }
    known_ = std::move(next);
    told_ = true;
    return events;
}

}  // namespace sekimori::smartcard::pcsc
