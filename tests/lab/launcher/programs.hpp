// SPDX-License-Identifier: Apache-2.0
// Where the lab's programs are: beside this one in a build tree, or where the installation puts them. The environment
// is not asked.
#pragma once

#include <string>

#include "core/result.hpp"

namespace sekimori::lab::launcher {

struct Programs {
    std::string commands;  // the folder with `sekimori` and the lab's commands, for users' PATH
    std::string broker;
    std::string card_worker;
    std::string finger_worker;
    std::string lockd, logind, agent;  // "" if they are not there
    std::string pam_module;
    std::string reader_handler;
    std::string bus_daemon;
    std::string pcscd;
};

// `stand_ins`, if not empty, is searched first for broker, workers and PAM module: a test's own. Errors: not_found,
// with the name of what is missing.
[[nodiscard]] Result<Programs> find_programs(const std::string& stand_ins);

}  // namespace sekimori::lab::launcher
