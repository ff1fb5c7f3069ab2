// SPDX-License-Identifier: Apache-2.0
// What logind says of one session, and what that proves of its lock. Pure.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "core/session.hpp"

namespace sekimori::lockd {

enum class LockedHint : std::uint8_t { off, on };
enum class Activity : std::uint8_t { inactive, active };
enum class Idle : std::uint8_t { no, yes };
enum class LockerAlive : std::uint8_t { no, yes };

struct SessionView {
    std::string id, path;
    uid_t uid{static_cast<uid_t>(-1)};
    std::string type;  // tty, x11, wayland, mir, web, unspecified
    std::string seat;  // object path of the seat, "" or "/" if it has none
    LockedHint hint{LockedHint::off};
    Activity activity{Activity::active};
    Idle idle{Idle::no};
};

// Only a graphical session has a locker that could be asked.
[[nodiscard]] session::Surface surface_of(const SessionView& view) noexcept;

// hint: the locker's word counts only while a locker is alive: a session's own user can set the hint.
// seat: the session has lost its seat to a greeter.
[[nodiscard]] session::Shown shown_by(const SessionView& view, LockerAlive locker,
                                      const std::string& class_on_seat) noexcept;

}  // namespace sekimori::lockd
