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
};

struct OriginFacts {
    uid_t uid{};                          // of the peer
    std::optional<SessionFacts> session;  // logind: GetSessionByPID
    std::string unit;                     // systemd: GetUnitByPID, "" if unknown
    std::vector<SessionFacts> of_uid;     // all sessions of that uid
    Logind logind{Logind::absent};
    LabMode lab{LabMode::off};
    std::string rhost;  // PAM_RHOST, a claim
};

[[nodiscard]] Origin judge_origin(const OriginFacts& facts);

// Units of root that stand for somebody at the machine: getty, display managers, the boot gate.
[[nodiscard]] bool is_local_unit(std::string_view unit) noexcept;
[[nodiscard]] bool is_local_host(std::string_view rhost) noexcept;

// Asks logind and systemd about the peer, at most a second each. A look-up that fails leaves its fact empty: that means
// remote.
[[nodiscard]] OriginFacts look_up_origin(pid_t pid, uid_t uid, std::string rhost, LabMode lab);

}  // namespace sekimori::daemon
