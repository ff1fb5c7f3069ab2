// SPDX-License-Identifier: Apache-2.0
#include "daemon/auth/origin.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace sekimori::daemon {
namespace {

bool seated(const SessionFacts& session) {
    return session.place == SessionFacts::Place::local && !session.seat.empty();
}
bool active(const SessionFacts& session) { return session.activity == SessionFacts::Activity::active; }

// Somebody sits before it now. A session in the background of a seat asks for a card that was put in for the one in
// front of it.
bool attended(const SessionFacts& session) {
    if (session.place != SessionFacts::Place::local) return false;
    switch (session.attendance) {
        case SessionFacts::Attendance::nobody:
            return false;
        case SessionFacts::Attendance::line:
            return true;
        case SessionFacts::Attendance::seat:
            return active(session);
    }
    return false;
}

}  // namespace

bool is_local_unit(std::string_view unit) noexcept {
    // Templates by their prefix, single units by their name. sshd and everything unlisted is remote.
    constexpr std::array prefixes{std::string_view("getty@"), std::string_view("serial-getty@"),
                                  std::string_view("autovt@"), std::string_view("container-getty@"),
                                  std::string_view("console-getty.")};
    constexpr std::array units{std::string_view("display-manager.service"),
                               std::string_view("gdm.service"),
                               std::string_view("gdm3.service"),
                               std::string_view("lightdm.service"),
                               std::string_view("sddm.service"),
                               std::string_view("lxdm.service"),
                               std::string_view("xdm.service"),
                               std::string_view("greetd.service"),
                               std::string_view("sekimori-gate.service")};
    return std::any_of(prefixes.begin(), prefixes.end(),
                       [&](std::string_view prefix) { return unit.starts_with(prefix); }) ||
           std::find(units.begin(), units.end(), unit) != units.end();
}

std::optional<uid_t> manager_of(std::string_view unit) noexcept {
    constexpr std::string_view begin = "user@", end = ".service";
    if (!unit.starts_with(begin) || !unit.ends_with(end) || unit.size() <= begin.size() + end.size())
        return std::nullopt;
    const std::string_view number = unit.substr(begin.size(), unit.size() - begin.size() - end.size());
    uid_t uid = 0;
    const auto [stop, error] = std::from_chars(number.data(), number.data() + number.size(), uid);
    return error == std::errc() && stop == number.data() + number.size() ? std::optional(uid) : std::nullopt;
}

bool is_local_host(std::string_view rhost) noexcept {
    return rhost.empty() || rhost == "localhost" || rhost == "127.0.0.1" || rhost == "::1";
}

Origin judge_origin(const OriginFacts& facts) {
    if (!is_local_host(facts.rhost)) return Origin::remote;
    if (facts.logind == Logind::absent) return facts.lab == LabMode::on ? Origin::local : Origin::remote;
    if (facts.session) return attended(*facts.session) ? Origin::local : Origin::remote;
    // A process under user@UID has no session of its own (every terminal of a GNOME desktop): local only if nothing of
    // that uid is remote.
    if (manager_of(facts.unit)) {
        const bool all_here = !facts.of_uid.empty() && std::all_of(facts.of_uid.begin(), facts.of_uid.end(), seated);
        return all_here && std::any_of(facts.of_uid.begin(), facts.of_uid.end(), active) ? Origin::local
                                                                                         : Origin::remote;
    }
    if (facts.uid == 0 && is_local_unit(facts.unit)) return Origin::local;
    // The lab's clients are test programs of no unit in particular.
    return facts.lab == LabMode::on ? Origin::local : Origin::remote;
}

}  // namespace sekimori::daemon
