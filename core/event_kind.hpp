// SPDX-License-Identifier: Apache-2.0
// What the names of the trail's events mean to whoever counts them. They are written in many places of the broker; how
// they are grouped stands here alone, and is tested against what the broker writes.
#pragma once

#include <cstdint>
#include <string_view>

namespace sekimori {

enum class EventKind : std::uint8_t {
    attempt,   // of two factors: granted or not
    trial,     // of the same, that opened nothing
    bypass,    // somebody was let in with less than two factors
    fallback,  // such a thing, or what stands in for a factor, was given or taken back
    stop,      // of a card or a person
    trail,     // the trail about itself
    session,   // of what became of a session; not an act of anybody's
    other,     // an act of administration, where it names somebody
};

// A second administrator's event ("card.reinstate.second") is `other`: the first one's stands for the act.
[[nodiscard]] EventKind kind_of_event(std::string_view what) noexcept;

// Whether a success is somebody's use of an account.
[[nodiscard]] bool is_use(std::string_view what) noexcept;

}  // namespace sekimori
