// SPDX-License-Identifier: Apache-2.0
// Origin: is whoever asks sitting at this machine? Judged from peer credentials and logind (house.md 6); what PAM
// claims can only make it worse. The table is closed: what no row names is remote, and remote is refused.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/config.hpp"

namespace sekimori::daemon {

enum class Origin : std::uint8_t { remote, local };
enum class Logind : std::uint8_t { absent, present };

struct SessionFacts {
    std::string id;
    uid_t uid{};
    std::string seat;
    enum class Place : std::uint8_t { remote, local } place{Place::remote};
    enum class Activity : std::uint8_t { inactive, active } activity{Activity::inactive};
    // Where somebody would be: before a seat's screen; on a line without a seat (a serial console, a container's);
    // nowhere (cron and at, a desktop over the network that does not say so).
    enum class Attendance : std::uint8_t { nobody, line, seat } attendance{Attendance::nobody};
};

struct OriginFacts {
    uid_t uid{};                          // of the peer
    std::optional<SessionFacts> session;  // logind: GetSessionByPID
    std::string unit;                     // systemd: GetUnitByPID, "" if unknown
    std::vector<SessionFacts> of_uid;     // all sessions of the uid whose manager `unit` is
    Logind logind{Logind::absent};
    LabMode lab{LabMode::off};
    std::string rhost;  // PAM_RHOST, a claim
};

[[nodiscard]] Origin judge_origin(const OriginFacts& facts);

// Units of root that stand for somebody at the machine: getty, display managers, the boot gate.
[[nodiscard]] bool is_local_unit(std::string_view unit) noexcept;
[[nodiscard]] bool is_local_host(std::string_view rhost) noexcept;

// user@UID.service: whose manager that is. A program there may run as root (sudo): the unit counts, not the peer's uid.
[[nodiscard]] std::optional<uid_t> manager_of(std::string_view unit) noexcept;

}  // namespace sekimori::daemon
