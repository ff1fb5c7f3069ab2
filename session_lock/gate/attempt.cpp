// SPDX-License-Identifier: Apache-2.0
#include "session_lock/gate/attempt.hpp"

#include <security/pam_appl.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <span>

namespace sekimori::gate {
namespace {

constexpr int kMaxMessages = 32;

void drop(std::span<pam_response> responses) {
    for (pam_response& response : responses) {
        if (response.resp == nullptr) continue;
        explicit_bzero(response.resp, std::strlen(response.resp));
        std::free(response.resp);  // NOLINT(cppcoreguidelines-no-malloc): PAM's own contract
        response.resp = nullptr;
    }
}

// PAM frees what it is given, so it is malloc's.
char* copy_of(const SecureBytes& text) noexcept {
    auto* copy = static_cast<char*>(std::malloc(text.size() + 1));  // NOLINT(cppcoreguidelines-no-malloc)
    if (copy == nullptr) return nullptr;
    std::memcpy(copy, text.data(), text.size());
    copy[text.size()] = '\0';
    return copy;
}

bool converse_one(Console& console, const pam_message& message, pam_response& response) {
    const char* text = message.msg == nullptr ? "" : message.msg;
    switch (message.msg_style) {
        case PAM_TEXT_INFO:
        case PAM_ERROR_MSG:
            console.line(text);
            return true;
        case PAM_PROMPT_ECHO_OFF:
        case PAM_PROMPT_ECHO_ON: {
            const auto answer = console.ask(text, message.msg_style == PAM_PROMPT_ECHO_ON ? Echo::on : Echo::off);
            if (!answer) return false;
            response.resp = copy_of(*answer);
            return response.resp != nullptr;
        }
        default:
            return false;
    }
}

int converse(int count, const pam_message** messages, pam_response** responses, void* data) noexcept {
    if (count <= 0 || count > kMaxMessages || messages == nullptr || responses == nullptr) return PAM_CONV_ERR;
    auto& console = *static_cast<Console*>(data);
    const auto size = static_cast<std::size_t>(count);
    auto* made =
        static_cast<pam_response*>(std::calloc(size, sizeof(pam_response)));  // NOLINT(cppcoreguidelines-no-malloc)
    if (made == nullptr) return PAM_BUF_ERR;
    for (std::size_t i = 0; i < size; ++i) {
        if (converse_one(console, *messages[i], made[i])) continue;
        drop({made, size});
        std::free(made);  // NOLINT(cppcoreguidelines-no-malloc)
        return PAM_CONV_ERR;
    }
    *responses = made;
    return PAM_SUCCESS;
}

}  // namespace

Round attempt(Console& console) {
    const pam_conv conversation{converse, &console};
    pam_handle_t* handle = nullptr;
    if (pam_start(kService, nullptr, &conversation, &handle) != PAM_SUCCESS) return Round::unavailable;
    pam_set_item(handle, PAM_TTY, "console");
    const int authentication = pam_authenticate(handle, PAM_DISALLOW_NULL_AUTHTOK);
    const int account = authentication == PAM_SUCCESS ? pam_acct_mgmt(handle, 0) : PAM_ABORT;
    pam_end(handle, authentication == PAM_SUCCESS ? account : authentication);
    return round_of(authentication, account);
}

}  // namespace sekimori::gate
