// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/login/pam_names.hpp"

#include <security/_pam_types.h>

#include <array>

namespace sekimori::lab::login {

std::string pam_name(int code) {
    // Linux-PAM numbers its results from 0 without a gap (security/_pam_types.h).
    static constexpr std::array<const char*, 32> names{"PAM_SUCCESS",
                                                       "PAM_OPEN_ERR",
                                                       "PAM_SYMBOL_ERR",
                                                       "PAM_SERVICE_ERR",
                                                       "PAM_SYSTEM_ERR",
                                                       "PAM_BUF_ERR",
                                                       "PAM_PERM_DENIED",
                                                       "PAM_AUTH_ERR",
                                                       "PAM_CRED_INSUFFICIENT",
                                                       "PAM_AUTHINFO_UNAVAIL",
                                                       "PAM_USER_UNKNOWN",
                                                       "PAM_MAXTRIES",
                                                       "PAM_NEW_AUTHTOK_REQD",
                                                       "PAM_ACCT_EXPIRED",
                                                       "PAM_SESSION_ERR",
                                                       "PAM_CRED_UNAVAIL",
                                                       "PAM_CRED_EXPIRED",
                                                       "PAM_CRED_ERR",
                                                       "PAM_NO_MODULE_DATA",
                                                       "PAM_CONV_ERR",
                                                       "PAM_AUTHTOK_ERR",
                                                       "PAM_AUTHTOK_RECOVERY_ERR",
                                                       "PAM_AUTHTOK_LOCK_BUSY",
                                                       "PAM_AUTHTOK_DISABLE_AGING",
                                                       "PAM_TRY_AGAIN",
                                                       "PAM_IGNORE",
                                                       "PAM_ABORT",
                                                       "PAM_AUTHTOK_EXPIRED",
                                                       "PAM_MODULE_UNKNOWN",
                                                       "PAM_BAD_ITEM",
                                                       "PAM_CONV_AGAIN",
                                                       "PAM_INCOMPLETE"};
    static_assert(PAM_INCOMPLETE == names.size() - 1 && PAM_MAXTRIES == 11 && PAM_IGNORE == 25);
    const auto index = static_cast<std::size_t>(code);
    return code >= 0 && index < names.size() ? names[index] : std::to_string(code);
}

}  // namespace sekimori::lab::login
