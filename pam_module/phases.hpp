// SPDX-License-Identifier: Apache-2.0
// The phases of PAM, each a function from a call to its ending. module.cpp turns the ending into a code.
#pragma once

#include <security/pam_modules.h>

#include "pam_module/options.hpp"
#include "pam_module/pam_code.hpp"

namespace sekimori::pam {

struct Call {
    pam_handle_t* handle;
    int flags;
    const Options& options;
};

// Trial::observe runs the dialogue, keeps nothing and ends in Ending::observed; so do the other phases, unasked.
[[nodiscard]] Ending authenticate(const Call& call);
// granted with a grant in the handle, or after an account phase that the broker allowed; PAM_DELETE_CRED forgets,
// always.
[[nodiscard]] Ending set_credentials(const Call& call);
// The broker is asked again, with the grant or without one. Where there is no broker, offline.hpp has the last word.
[[nodiscard]] Ending account(const Call& call);
// login, boot, unlock: the broker binds grant and session. elevate, application: nothing is bound, the grant is checked
// once more. Without a grant the broker decides by the service.
[[nodiscard]] Ending open_session(const Call& call);
// Tells the broker; elevate and application have nothing to close.
[[nodiscard]] Ending close_session(const Call& call);
// A card and a finger are changed with the `sekimori` command.
[[nodiscard]] Ending change_token(const Call& call);

}  // namespace sekimori::pam
