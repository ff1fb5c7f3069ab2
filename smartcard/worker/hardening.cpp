// SPDX-License-Identifier: Apache-2.0
#include "smartcard/worker/hardening.hpp"

#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <vector>

namespace sekimori::smartcard {

Status harden(LabMode lab) {
    const rlimit none{0, 0};
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || setrlimit(RLIMIT_CORE, &none) != 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return fail(ErrorCode::io, "the process can't be hardened");
    if (lab == LabMode::on) return {};
    std::vector<std::string> names;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        if (text.starts_with("PCSCLITE_")) names.emplace_back(text.substr(0, text.find('=')));
    }
    for (const std::string& name : names)
        if (unsetenv(name.c_str()) != 0) return fail(ErrorCode::io, "the environment can't be cleaned");
    return {};
}

}  // namespace sekimori::smartcard
