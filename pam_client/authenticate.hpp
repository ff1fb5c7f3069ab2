// SPDX-License-Identifier: Apache-2.0
// authenticate: a whole PAM round of one service, authentication and then the account phase. It opens no session and
// changes no credentials: who passes has shown who they are, and is let in nowhere.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/secure_bytes.hpp"

namespace sekimori::pam {

enum class Echo : std::uint8_t { off, on };

// How the stack speaks to the person. Both are called from within authenticate() only.
struct Conversation {
    std::function<void(std::string_view)> tell;
    // nullopt: there will be no answer (given up, end of file); the stack fails then.
    std::function<std::optional<SecureBytes>(std::string_view question, Echo echo)> ask;
};

// By PAM's own codes (security/_pam_types.h).
struct Codes {
    int authentication;
    int account;       // PAM_ABORT, unless authentication succeeded
    std::string user;  // whom the stack took them for; empty if it never knew

    [[nodiscard]] bool granted() const noexcept;
};

struct Service {
    const char* name;
    const char* tty;                 // PAM_TTY
    const char* directory{nullptr};  // nullptr: the system's stacks
};

// Nobody is named beforehand: the card says who it is. A PAM that can't be started is PAM_SYSTEM_ERR.
[[nodiscard]] Codes authenticate(const Service& service, const Conversation& with);

}  // namespace sekimori::pam
