// SPDX-License-Identifier: Apache-2.0
// One Prompt of the broker, put to the person.
#pragma once

#include <optional>

#include "core/result.hpp"
#include "pam_module/conversation.hpp"
#include "pam_module/options.hpp"
#include "protocol/schema.hpp"

namespace sekimori::pam {

// nullopt: shown, nothing to answer. An Answer whose status is not `given` means that the person or the host gave up;
// it is sent, and the dialogue is over. Errors: cancelled (the conversation failed at a text), malformed (no such
// message here, or a style that is not its own: a PIN is never asked for with an echo).
[[nodiscard]] Result<std::optional<wire::Answer>> put(const wire::Prompt& prompt, Conversation& person,
                                                      Language language);

}  // namespace sekimori::pam
