// SPDX-License-Identifier: Apache-2.0
// PAM's conversation function as a Conversation: one message a call, replies taken over, wiped and freed.
#pragma once

#include <security/pam_modules.h>

#include "pam_module/conversation.hpp"

namespace sekimori::pam {

// yes: texts are not shown, questions still are.
enum class Silence : std::uint8_t { no, yes };

class PamConversation final : public Conversation {
  public:
    // Precondition: `handle` outlives this object.
    PamConversation(pam_handle_t* handle, Silence silence) noexcept : handle_(handle), silence_(silence) {}
    Status say(Tone tone, const std::string& text) override;
    [[nodiscard]] Result<SecureBytes> ask(Echo echo, const std::string& text) override;

  private:
    pam_handle_t* handle_;
    Silence silence_;
};

}  // namespace sekimori::pam
