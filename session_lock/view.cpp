// SPDX-License-Identifier: Apache-2.0
#include "session_lock/view.hpp"

namespace sekimori::lockd {

session::Surface surface_of(const SessionView& view) noexcept {
    const bool graphical = view.type == "x11" || view.type == "wayland" || view.type == "mir";
    return graphical ? session::Surface::locker : session::Surface::none;
}

session::Shown shown_by(const SessionView& view, LockerAlive locker, const std::string& class_on_seat) noexcept {
    if (view.hint == LockedHint::on && locker == LockerAlive::yes) return session::Shown::hint;
    const bool greeter = class_on_seat == "greeter" || class_on_seat == "lock-screen";
    if (view.activity == Activity::inactive && greeter) return session::Shown::seat;
    return session::Shown::nothing;
}

}  // namespace sekimori::lockd
