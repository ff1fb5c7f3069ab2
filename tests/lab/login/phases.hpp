// SPDX-License-Identifier: Apache-2.0
// One PAM handle from start to end: auth, account, session.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/lab/login/conversation.hpp"

namespace sekimori::lab::login {

struct Request {
    std::string stacks;  // folder, as pam_start_confdir(3) takes it; empty: the system's
    std::string service;
    std::string user;  // empty: the card says who it is
    std::string tty, rhost, ruser;
    std::vector<std::string> phases;  // of auth, account, setcred, open, close, in this order
};

struct PhaseResult {
    std::string phase;
    int code;
    double milliseconds;
};

struct Login {
    std::vector<PhaseResult> phases;  // up to and including the first that failed
    std::string user;                 // whom PAM let in, or would have
    double auth_began_ms{-1};         // CLOCK_MONOTONIC, so that others can set their notes beside it
    double to_finger_ms{-1};          // from the start of auth to the (last) prompt for a finger; -1: none
    double after_finger_ms{-1};       // from the scanner's having read the finger to the end of auth; -1: no finger
    [[nodiscard]] bool granted() const noexcept;
};

// `between` is called with the session open, before it is closed.
[[nodiscard]] Login log_in(const Request& request, Conversation& conversation, const Hand* hand,
                           const std::function<void()>& between);

}  // namespace sekimori::lab::login
