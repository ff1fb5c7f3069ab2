// SPDX-License-Identifier: Apache-2.0
#include "session_lock/gate/attempt.hpp"

#include "pam_client/authenticate.hpp"

namespace sekimori::gate {

Round attempt(Console& console) {
    const pam::Conversation conversation{[&](std::string_view text) { console.line(text); },
                                         [&](std::string_view question, pam::Echo echo) -> std::optional<SecureBytes> {
                                             auto answer =
                                                 console.ask(question, echo == pam::Echo::on ? Echo::on : Echo::off);
                                             if (!answer) return std::nullopt;
                                             return std::move(*answer);
                                         }};
    const pam::Codes codes = pam::authenticate({kService, "console"}, conversation);
    return round_of(codes.authentication, codes.account);
}

}  // namespace sekimori::gate
