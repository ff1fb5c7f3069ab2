// SPDX-License-Identifier: Apache-2.0
// What the module keeps between phases, and where: in the host's PAM handle and nowhere else.
#pragma once

#include <security/pam_modules.h>

#include <string>

#include "core/result.hpp"
#include "protocol/secure_bytes.hpp"

namespace sekimori::pam {

// Lives in the handle (pam_set_data) from a decision until pam_end, the next authentication or PAM_DELETE_CRED; wiped
// then. A host that forks between phases takes a copy along, as it must.
struct Kept {
    SecureBytes grant;     // of the last authentication; empty: none
    bool allowed = false;  // the account phase let this handle through
};

// nullptr: nothing is kept. Valid until keep() or forget().
[[nodiscard]] Kept* kept(pam_handle_t* handle) noexcept;
// Replaces what was kept. Errors: internal (the handle takes nothing).
Status keep(pam_handle_t* handle, Kept what) noexcept;
void forget(pam_handle_t* handle) noexcept;

// A text item (PAM_SERVICE, PAM_USER, ...); unset is empty. Errors: malformed (no UTF-8), io (no handle).
[[nodiscard]] Result<std::string> text_item(const pam_handle_t* handle, int item);

}  // namespace sekimori::pam
