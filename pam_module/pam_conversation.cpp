// SPDX-License-Identifier: Apache-2.0
#include "pam_module/pam_conversation.hpp"

#include <security/pam_appl.h>
#include <stdlib.h>
#include <string.h>

namespace sekimori::pam {
namespace {

// The host allocated it with malloc, and the module frees it (pam_conv(3)).
class Reply {
  public:
    Reply() = default;
    Reply(const Reply&) = delete;
    Reply& operator=(const Reply&) = delete;
    ~Reply() {
        if (response_ == nullptr) return;
        if (char* text = response_->resp) {
            explicit_bzero(text, strlen(text));
            free(text);  // NOLINT(cppcoreguidelines-no-malloc)
        }
        free(response_);  // NOLINT(cppcoreguidelines-no-malloc)
    }
    [[nodiscard]] pam_response** out() noexcept { return &response_; }
    [[nodiscard]] const char* text() const noexcept { return response_ == nullptr ? nullptr : response_->resp; }

  private:
    pam_response* response_{nullptr};
};

int converse(pam_handle_t* handle, int style, const std::string& text, Reply& reply) noexcept {
    const void* item = nullptr;
    if (pam_get_item(handle, PAM_CONV, &item) != PAM_SUCCESS || item == nullptr) return PAM_CONV_ERR;
    const auto* conversation = static_cast<const pam_conv*>(item);
    if (conversation->conv == nullptr) return PAM_CONV_ERR;
    const pam_message message{style, text.c_str()};
    const pam_message* messages = &message;
    return conversation->conv(1, &messages, reply.out(), conversation->appdata_ptr);
}

}  // namespace

Status PamConversation::say(Tone tone, const std::string& text) {
    if (silence_ == Silence::yes) return {};
    Reply reply;
    if (converse(handle_, tone == Tone::error ? PAM_ERROR_MSG : PAM_TEXT_INFO, text, reply) != PAM_SUCCESS)
        return fail(ErrorCode::cancelled, "the host's conversation failed at a text");
    return {};
}

Result<SecureBytes> PamConversation::ask(Echo echo, const std::string& text) {
    Reply reply;
    const int style = echo == Echo::on ? PAM_PROMPT_ECHO_ON : PAM_PROMPT_ECHO_OFF;
    if (converse(handle_, style, text, reply) != PAM_SUCCESS)
        return fail(ErrorCode::cancelled, "the host's conversation failed at a question");
    if (reply.text() == nullptr) return fail(ErrorCode::cancelled, "no answer");
    if (*reply.text() == '\0') return fail(ErrorCode::not_found, "an empty answer");
    const std::size_t size = strlen(reply.text());
    if (size > kMaxReply) return fail(ErrorCode::too_large, "the answer is too long");
    SecureBytes answer({reinterpret_cast<const std::uint8_t*>(reply.text()), size});
    if (answer.size() != size) return fail(ErrorCode::internal, "out of memory");
    return answer;
}

}  // namespace sekimori::pam
