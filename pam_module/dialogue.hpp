// SPDX-License-Identifier: Apache-2.0
// The module's half of the protocol, after the welcome (docs/PROTOCOL.md). It knows no PAM: what arrives is hostile
// until decoded, and whatever is not a decoded Granted for the right account is not Ending::granted.
#pragma once

#include <string>

#include "pam_module/conversation.hpp"
#include "pam_module/deadline.hpp"
#include "pam_module/options.hpp"
#include "pam_module/pam_code.hpp"
#include "protocol/channel.hpp"
#include "protocol/schema.hpp"

namespace sekimori::pam {

struct Decision {
    Ending ending{Ending::denied};
    std::string user;   // Ending::granted: the account, never empty
    SecureBytes grant;  // empty for a caller without privileges; else kGrantSize bytes
    std::string cause;  // otherwise, for the log; no secret
};

inline constexpr std::size_t kGrantSize = 32;

// Shows the broker's prompts and brings it the answers, until its verdict. A conversation that fails, is cancelled or
// answers with nothing or too much ends in a denial, whatever the broker says afterwards.
[[nodiscard]] Decision authenticate(Channel& broker, const wire::Begin& begin, Conversation& person, Language language,
                                    const Deadline& deadline);

// One question, one verdict. A question's answer brings no grant.
[[nodiscard]] Decision ask(Channel& broker, const wire::Account& question, Conversation& person, Language language,
                           const Deadline& deadline);
[[nodiscard]] Decision ask(Channel& broker, const wire::OpenSession& question, Conversation& person, Language language,
                           const Deadline& deadline);
[[nodiscard]] Decision ask(Channel& broker, const wire::CloseSession& question, Conversation& person, Language language,
                           const Deadline& deadline);

}  // namespace sekimori::pam
