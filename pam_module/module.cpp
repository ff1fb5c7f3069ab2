// SPDX-License-Identifier: Apache-2.0
// The six entry points of pam_sekimori.so. All they do: read the options, run the phase, map its ending.
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <syslog.h>

#include "pam_module/phases.hpp"

#define SEKIMORI_ENTRY extern "C" __attribute__((visibility("default"))) int

namespace {

using namespace sekimori::pam;

int run(Phase phase, Ending (*body)(const Call&), pam_handle_t* handle, int flags, int argc, const char** argv) {
    const auto count = argv == nullptr || argc < 0 ? 0 : static_cast<std::size_t>(argc);
    const auto options = parse_options({argv, count});
    if (!options) {
        pam_syslog(handle, LOG_ERR, "%s", options.error().message.c_str());
        return pam_code(phase, Ending::bad_option);
    }
    return pam_code(phase, body({.handle = handle, .flags = flags, .options = *options}));
}

}  // namespace

SEKIMORI_ENTRY pam_sm_authenticate(pam_handle_t* pamh, int flags, int argc, const char** argv) {
    return run(Phase::authenticate, authenticate, pamh, flags, argc, argv);
}

SEKIMORI_ENTRY pam_sm_setcred(pam_handle_t* pamh, int flags, int argc, const char** argv) {
    return run(Phase::set_credentials, set_credentials, pamh, flags, argc, argv);
}

SEKIMORI_ENTRY pam_sm_acct_mgmt(pam_handle_t* pamh, int flags, int argc, const char** argv) {
    return run(Phase::account, account, pamh, flags, argc, argv);
}

SEKIMORI_ENTRY pam_sm_open_session(pam_handle_t* pamh, int flags, int argc, const char** argv) {
    return run(Phase::open_session, open_session, pamh, flags, argc, argv);
}

SEKIMORI_ENTRY pam_sm_close_session(pam_handle_t* pamh, int flags, int argc, const char** argv) {
    return run(Phase::close_session, close_session, pamh, flags, argc, argv);
}

SEKIMORI_ENTRY pam_sm_chauthtok(pam_handle_t* pamh, int flags, int argc, const char** argv) {
    return run(Phase::change_token, change_token, pamh, flags, argc, argv);
}
