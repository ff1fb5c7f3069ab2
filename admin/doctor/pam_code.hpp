// SPDX-License-Identifier: Apache-2.0
// What a PAM module can return, and what a stack makes of it. The numbers are Linux-PAM's (_pam_types.h).
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <string_view>

namespace sekimori::doctor {

enum class Code : std::uint8_t {
    success = 0,
    open_err,
    symbol_err,
    service_err,
    system_err,
    buf_err,
    perm_denied,
    auth_err,
    cred_insufficient,
    authinfo_unavail,
    user_unknown,
    maxtries,
    new_authtok_reqd,
    acct_expired,
    session_err,
    cred_unavail,
    cred_expired,
    cred_err,
    no_module_data,
    conv_err,
    authtok_err,
    authtok_recover_err,
    authtok_lock_busy,
    authtok_disable_aging,
    try_again,
    ignore,
    abort,
    authtok_expired,
    module_unknown,
    bad_item,
    conv_again,
    incomplete,
};
inline constexpr std::size_t kCodes = 32;

// As a stack spells them, in the order of their numbers.
inline constexpr std::array<std::string_view, kCodes> kCodeNames{
    "success",
    "open_err",
    "symbol_err",
    "service_err",
    "system_err",
    "buf_err",
    "perm_denied",
    "auth_err",
    "cred_insufficient",
    "authinfo_unavail",
    "user_unknown",
    "maxtries",
    "new_authtok_reqd",
    "acct_expired",
    "session_err",
    "cred_unavail",
    "cred_expired",
    "cred_err",
    "no_module_data",
    "conv_err",
    "authtok_err",
    "authtok_recover_err",
    "authtok_lock_busy",
    "authtok_disable_aging",
    "try_again",
    "ignore",
    "abort",
    "authtok_expired",
    "module_unknown",
    "bad_item",
    "conv_again",
    "incomplete",
};
[[nodiscard]] constexpr std::string_view name_of(Code code) noexcept {
    return kCodeNames[static_cast<std::size_t>(code)];
}

using CodeSet = std::bitset<kCodes>;
[[nodiscard]] inline CodeSet every_code() noexcept { return CodeSet().set(); }

struct Action {
    enum class Kind : std::uint8_t { ignore, ok, done, bad, die, reset, jump };
    Kind kind{Kind::bad};
    std::uint32_t skip{0};  // of a jump: how many modules

    bool operator==(const Action&) const = default;
};
// What a control says about each code.
using Actions = std::array<Action, kCodes>;

}  // namespace sekimori::doctor
