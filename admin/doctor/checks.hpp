// SPDX-License-Identifier: Apache-2.0
// The examinations besides PAM and sudo, one file each. Those over a Tree say nothing of what the tree does not hold.
#pragma once

#include <string>
#include <vector>

#include "admin/doctor/check.hpp"
#include "admin/doctor/tree.hpp"

namespace sekimori::doctor {

[[nodiscard]] Checks check_autologin(const Tree& tree);  // greeters and gettys that log somebody in
[[nodiscard]] Checks check_polkit(const Tree& tree);     // answers that are kept, rules that say yes
[[nodiscard]] Checks check_lockers(const Tree& tree);    // what can lock the screen, and how well
[[nodiscard]] Checks check_linger(const Tree& tree);     // users whose processes outlive their session

// The running machine. `tree`: its own.
[[nodiscard]] Checks check_boot(const Tree& tree);     // boot loader, firmware, debug shell, keys that get around
[[nodiscard]] Checks check_permissions();              // of our files, and of the module's
[[nodiscard]] Checks check_readers(const Tree& tree);  // who else uses pcscd and the scanner
[[nodiscard]] Checks check_media(const Tree& tree);    // USB and the other doors of data
[[nodiscard]] Checks check_sandbox(const Tree& tree);  // exposure of our units
[[nodiscard]] Checks check_clock();                    // is it kept right?

// What `status` tells of the broker.
struct BrokerState {
    bool reachable{false};
    std::string key_protection;
    std::vector<std::string> readers, scanners;  // scanners: driver and USB id
    bool roots{false}, witness{false};
    std::string certificate;  // of a fleet's terminal: good, ends_soon, ended, missing; empty: none is needed
    std::vector<std::string> offline_keys;  // of sekimori.conf that would be laxer than the policy
};
[[nodiscard]] Checks check_broker(const BrokerState& broker);

}  // namespace sekimori::doctor
