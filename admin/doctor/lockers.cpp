// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "admin/doctor/checks.hpp"
#include "admin/text.hpp"

namespace sekimori::doctor {
namespace {

using admin::later;

enum class Known : std::uint8_t { yes, no, unmeasured };
struct Locker {
    const char *program, *name;
    Known hint;   // sets logind's LockedHint
    Known texts;  // shows what PAM says
};
// Measured on Debian 12; light-locker did not lock at all.
constexpr Locker kLockers[] = {
    {"/usr/bin/xsecurelock", "xss-lock + xsecurelock", Known::yes, Known::yes},
    {"/usr/bin/i3lock", "xss-lock + i3lock", Known::yes, Known::no},
    {"/usr/bin/xscreensaver", "xscreensaver", Known::no, Known::yes},
    {"/usr/bin/light-locker", "light-locker", Known::no, Known::no},
    {"/usr/bin/gnome-shell", "gnome-shell", Known::unmeasured, Known::unmeasured},
    {"/usr/lib/x86_64-linux-gnu/libexec/kscreenlocker_greet", "kscreenlocker", Known::unmeasured, Known::unmeasured},
    {"/usr/bin/swaylock", "swaylock", Known::unmeasured, Known::unmeasured},
    {"/usr/bin/mate-screensaver", "mate-screensaver", Known::unmeasured, Known::unmeasured},
    {"/usr/bin/cinnamon-screensaver", "cinnamon-screensaver", Known::unmeasured, Known::unmeasured},
    {"/usr/bin/xfce4-screensaver", "xfce4-screensaver", Known::unmeasured, Known::unmeasured},
};
constexpr const char* kGreeters[] = {"/usr/sbin/lightdm", "/usr/sbin/gdm3", "/usr/bin/sddm", "/usr/sbin/greetd"};

Check examined(const Locker& locker) {
    const Text fix{later("The measured one is xss-lock with xsecurelock."), {}};
    const auto says = [&](Status status, const char* message) {
        return Check{"locker",
                     status,
                     "",
                     {locker.program},
                     {message, {{"name", locker.name}}},
                     status == Status::ok ? Text{} : fix};
    };
    if (locker.hint == Known::no)
        return says(Status::warn,
                    later("{name} does not tell logind that it locked: such a session ends when the card is pulled."));
    if (locker.texts == Known::no)
        return says(Status::warn,
                    later("{name} does not show what is asked for: card and finger are asked for blindly."));
    if (locker.hint == Known::unmeasured)
        return says(Status::warn, later("{name} was not measured: try a pulled card before it is rolled out."));
    return says(Status::ok, later("{name} locks and shows what is asked for."));
}

}  // namespace

Checks check_lockers(const Tree& tree) {
    Checks checks;
    for (const Locker& locker : kLockers)
        if (tree.exists(locker.program)) checks.push_back(examined(locker));
    const bool graphical = std::any_of(std::begin(kGreeters), std::end(kGreeters),
                                       [&](const char* greeter) { return tree.exists(greeter); });
    if (checks.empty() && graphical)
        checks.push_back({"locker",
                          Status::warn,
                          "",
                          {},
                          {later("No screen locker: a session ends when the card is pulled."), {}},
                          {later("The measured one is xss-lock with xsecurelock."), {}}});
    return checks;
}

}  // namespace sekimori::doctor
