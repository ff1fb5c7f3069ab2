// SPDX-License-Identifier: Apache-2.0
#include "smartcard/pcsc/monitor.hpp"

#include <algorithm>

#include "smartcard/pcsc/faults.hpp"

namespace sekimori::smartcard::pcsc {
namespace {

// pcscd 1.9.9 does not tell of a reader that comes between our listing and our waiting: look again after this long.
constexpr DWORD kLookAgainMs = 10'000;
// libpcsclite takes a counter of 0 for "no counter", so that a card that was in before pcscd began can be exchanged in
// an instant without a word (measured; 1.9.9 and later). While such a card is in, look this often. A plain removal is
// told at once all the same.
constexpr DWORD kLookAtFirstCardMs = 250;
constexpr auto kCancelAgain = std::chrono::milliseconds{10};

}  // namespace

Monitor::Monitor(ReaderFilter filter, Tell tell)
    : filter_(std::move(filter)), tell_(std::move(tell)), thread_([this] { run(); }) {}

Monitor::~Monitor() {
    stop_ = true;
    service_.wake();
    // SCardCancel wakes only a wait that has begun.
    while (!ended_) {
        {
            const std::lock_guard lock(opening_);
            context_.cancel();
        }
        std::this_thread::sleep_for(kCancelAgain);
    }
    thread_.join();
}

void Monitor::run() {
    while (!stop_) {
        const LONG code = look();
        if (code == SCARD_S_SUCCESS) {
            service_.reset();
            tell_changes(states_);
        } else if (code != SCARD_E_TIMEOUT && code != SCARD_E_CANCELLED) {
            if (service_lost(code)) forget();
            if (!stop_) service_.pause();
        }
    }
    ended_ = true;
}

// One wait over the readers as they are listed now.
LONG Monitor::look() {
    if (!context_.is_open()) {
        const std::lock_guard lock(opening_);
        // Whatever it says, there is no service for us.
        if (context_.open() != SCARD_S_SUCCESS) return SCARD_E_NO_SERVICE;
    }
    std::vector<std::string> names;
    if (const LONG code = context_.list(names); code != SCARD_S_SUCCESS) return code;
    std::erase_if(names, [&](const std::string& name) { return !filter_.admits(name); });
    if (names.size() > kMaxReaders) names.resize(kMaxReaders);
    std::vector<ReaderState> next;
    for (std::string& name : names) {
        const auto known = std::ranges::find(states_, name, &ReaderState::name);
        if (known != states_.end())
            next.push_back(*known);
        else
            next.push_back({std::move(name)});
    }
    const bool changed = !std::ranges::equal(next, states_, {}, &ReaderState::name, &ReaderState::name);
    states_ = std::move(next);
    if (!changed && looked_) return wait();
    // The list itself is news: states of new readers come at once.
    const LONG code = states_.empty() ? SCARD_S_SUCCESS : context_.wait(states_, 0);
    if (code != SCARD_S_SUCCESS && code != SCARD_E_TIMEOUT) return code;
    looked_ = true;
    return SCARD_S_SUCCESS;
}

LONG Monitor::wait() {
    const bool uncounted =
        std::ranges::any_of(states_, [](const ReaderState& state) { return state.present() && state.counter() == 0; });
    const LONG code = context_.wait(states_, uncounted ? kLookAtFirstCardMs : kLookAgainMs);
    if (code != SCARD_E_TIMEOUT || states_.empty()) return code;
    for (ReaderState& state : states_) state.event = SCARD_STATE_UNAWARE;
    return context_.wait(states_, 0);
}

void Monitor::forget() {
    {
        const std::lock_guard lock(opening_);
        context_.close();
    }
    states_.clear();
    tell_changes(states_);
}

void Monitor::tell_changes(const std::vector<ReaderState>& now) {
    for (const PresenceEvent& event : tracker_.update(now)) tell_(event);
}

}  // namespace sekimori::smartcard::pcsc
