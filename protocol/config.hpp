// SPDX-License-Identifier: Apache-2.0
// sekimori.conf and conf.d/*.conf (GKeyFile): this machine only — devices, paths, limits, language. Policy is a signed
// record, not a file. The broker and both workers read the same files; each applies the lab rule by itself.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/denial_rate.hpp"
#include "core/instant.hpp"
#include "core/offline.hpp"
#include "core/result.hpp"

namespace sekimori {

// Lab mode admits software devices and a few concessions (contract.md, Lab). Off unless everything in lab_rule() holds.
enum class LabMode : std::uint8_t { off, on };
// What the lab's own user is to the verbs: an administrator as they stand, or somebody who shows card and finger as
// everywhere else (and is root where no administrator is there yet).
enum class LabUser : std::uint8_t { administers, proves };

struct Limits {
    Millis card{std::chrono::seconds{30}};
    Millis finger{std::chrono::seconds{20}};
    Millis pin{std::chrono::seconds{60}};
    Millis transaction{std::chrono::seconds{90}};
    std::uint32_t failures{5};
    Millis lockout{std::chrono::seconds{30}};
    Millis lockout_max{std::chrono::minutes{15}};
    std::uint32_t finger_tries{1};              // placements in one transaction; each is charged
    Millis lock{std::chrono::seconds{2}};       // from "lock" to locked or ended
    Millis challenge{std::chrono::seconds{5}};  // for presence that is not known to be proved again
};
// Whether sessions open without somebody who could lock them: in the lab only.
enum class LockdRule : std::uint8_t { required, absent };

struct Config {
    std::string path;  // as it was read
    std::string state_dir{"/var/lib/sekimori"};
    std::string run_dir{"/run/sekimori"};      // auth.sock
    std::string workers_dir{"/run/sekimori"};  // card.sock, finger.sock
    std::vector<std::string> readers;          // exact PC/SC names; empty: all but software ones
    std::string roots;                         // directory of PEM or DER roots; empty: none
    std::string felica_keys;                   // file of FeliCa Lite-S card keys; empty: none
    std::string witness;                       // "", "journal" or a file
    std::string forward;                       // "", "journal" or "syslog": a copy of every event
    std::uint32_t keep_years{7};               // how long the audit trail is kept
    std::string language{"en"};                // en, ja
    std::string policy_seed;                   // lab: policy of a new ledger
    std::vector<std::string> lockers;          // names of lockers besides the known ones
    LockdRule lockd{LockdRule::required};
    OfflineLimits offline;  // of a member of a fleet: what this machine takes away of the policy's
    DenialRate help_desk;   // of one to which no more was delegated
    Limits limits;
    LabMode lab{LabMode::off};
    LabUser lab_user{LabUser::administers};
};

// Reads `path` and conf.d beside it, in the order of names. Errors: not_found, malformed (with file and key: an unknown
// key is one), io (conf.d can't be read), refused ([lab] enabled stands where lab mode cannot be: the program must not
// start).
[[nodiscard]] Result<Config> load_config(const std::string& path);

struct LabFacts {
    uid_t euid{};                    // of the process that asks
    uid_t file_owner{};              // of the configuration
    uid_t directory_owner{};         // of the directory that holds it
    std::vector<uid_t> part_owners;  // of the parts in conf.d
    std::string euid_name;           // "" if unknown
    std::string file_owner_name;
    std::string bus_address;         // DBUS_SYSTEM_BUS_ADDRESS, "" if unset: the system's own
    std::vector<std::string> buses;  // where each of its alternatives leads, resolved; none: not plainly unix sockets
    std::string directory;           // that holds the configuration, resolved
    std::vector<std::string> paths;  // every path in use, resolved
};
// Why lab mode is refused, or success. Pure, so that each clause has a test.
[[nodiscard]] Status lab_rule(const LabFacts& facts);

}  // namespace sekimori
