// SPDX-License-Identifier: Apache-2.0
#include "pam_module/pam_code.hpp"

#include <security/pam_modules.h>

#include <algorithm>
#include <array>

namespace sekimori::pam {
namespace {

using Row = std::array<int, kPhases>;

// Columns as in Phase, rows as in Ending. Codes: pam_sm_*(3); what a stack and its host may rely on: docs/PAM.md.
constexpr std::array<Row, kEndings> kCodes{{
    // authenticate, set_credentials, account, open_session, close_session, change_token
    {PAM_AUTH_ERR, PAM_CRED_ERR, PAM_PERM_DENIED, PAM_SESSION_ERR, PAM_SESSION_ERR, PAM_AUTHTOK_ERR},
    {PAM_SUCCESS, PAM_SUCCESS, PAM_SUCCESS, PAM_SUCCESS, PAM_SUCCESS, PAM_AUTHTOK_ERR},
    {PAM_MAXTRIES, PAM_CRED_ERR, PAM_PERM_DENIED, PAM_SESSION_ERR, PAM_SESSION_ERR, PAM_AUTHTOK_ERR},
    {PAM_AUTHINFO_UNAVAIL, PAM_CRED_UNAVAIL, PAM_AUTHINFO_UNAVAIL, PAM_SESSION_ERR, PAM_SESSION_ERR, PAM_AUTHTOK_ERR},
    {PAM_USER_UNKNOWN, PAM_USER_UNKNOWN, PAM_PERM_DENIED, PAM_SESSION_ERR, PAM_SESSION_ERR, PAM_AUTHTOK_ERR},
    {PAM_SERVICE_ERR, PAM_SERVICE_ERR, PAM_SERVICE_ERR, PAM_SERVICE_ERR, PAM_SERVICE_ERR, PAM_SERVICE_ERR},
    {PAM_CRED_INSUFFICIENT, PAM_CRED_INSUFFICIENT, PAM_CRED_INSUFFICIENT, PAM_CRED_INSUFFICIENT, PAM_CRED_INSUFFICIENT,
     PAM_CRED_INSUFFICIENT},
}};

constexpr bool closed() {
    for (std::size_t ending = 0; ending < kEndings; ++ending) {
        for (std::size_t phase = 0; phase < kPhases; ++phase) {
            const int code = kCodes[ending][phase];
            const bool may_succeed = ending == static_cast<std::size_t>(Ending::granted) &&
                                     phase != static_cast<std::size_t>(Phase::change_token);
            if (code == PAM_IGNORE || (code == PAM_SUCCESS) != may_succeed) return false;
        }
    }
    return true;
}
static_assert(closed());
static_assert(static_cast<std::size_t>(Phase::change_token) + 1 == kPhases);
static_assert(static_cast<std::size_t>(Ending::observed) + 1 == kEndings);

}  // namespace

Ending ending_of(Outcome outcome) noexcept {
    switch (outcome) {
        case Outcome::granted:
            return Ending::granted;
        case Outcome::locked_out:
            return Ending::locked_out;
        case Outcome::unavailable:
            return Ending::unavailable;
        case Outcome::no_person:
            return Ending::no_person;
        case Outcome::denied:
            return Ending::denied;
    }
    return Ending::denied;
}

Ending ending_of(const Error& error) noexcept {
    switch (error.code) {
        case ErrorCode::unavailable:
        case ErrorCode::gone:
        case ErrorCode::busy:
        case ErrorCode::io:
            return Ending::unavailable;
        case ErrorCode::invalid_argument:
        case ErrorCode::malformed:
        case ErrorCode::too_large:
        case ErrorCode::not_found:
        case ErrorCode::exists:
        case ErrorCode::refused:
        case ErrorCode::mismatch:
        case ErrorCode::locked:
        case ErrorCode::timeout:
        case ErrorCode::cancelled:
        case ErrorCode::full:
        case ErrorCode::crypto:
        case ErrorCode::corrupt:
        case ErrorCode::unsupported:
        case ErrorCode::internal:
            return Ending::denied;
    }
    return Ending::denied;
}

int pam_code(Phase phase, Ending ending) noexcept {
    const auto row = static_cast<std::size_t>(ending);
    const auto column = static_cast<std::size_t>(phase);
    if (row >= kEndings || column >= kPhases) return PAM_SYSTEM_ERR;
    return kCodes[row][column];
}

}  // namespace sekimori::pam
