// SPDX-License-Identifier: Apache-2.0
#include "pam_client/authenticate.hpp"

#include <security/pam_appl.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <span>

namespace sekimori::pam {
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

bool converse_one(const Conversation& with, const pam_message& message, pam_response& response) {
    const char* text = message.msg == nullptr ? "" : message.msg;
    switch (message.msg_style) {
        case PAM_TEXT_INFO:
        case PAM_ERROR_MSG:
            with.tell(text);
            return true;
        case PAM_PROMPT_ECHO_OFF:
        case PAM_PROMPT_ECHO_ON: {
            const auto answer = with.ask(text, message.msg_style == PAM_PROMPT_ECHO_ON ? Echo::on : Echo::off);
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
    const auto& with = *static_cast<const Conversation*>(data);
    const auto size = static_cast<std::size_t>(count);
    auto* made =
        static_cast<pam_response*>(std::calloc(size, sizeof(pam_response)));  // NOLINT(cppcoreguidelines-no-malloc)
    if (made == nullptr) return PAM_BUF_ERR;
    for (std::size_t i = 0; i < size; ++i) {
        if (converse_one(with, *messages[i], made[i])) continue;
        drop({made, size});
        std::free(made);  // NOLINT(cppcoreguidelines-no-malloc)
        return PAM_CONV_ERR;
    }
    *responses = made;
    return PAM_SUCCESS;
}

}  // namespace

bool Codes::granted() const noexcept { return authentication == PAM_SUCCESS && account == PAM_SUCCESS; }

Codes authenticate(const Service& service, const Conversation& with) {
    // PAM hands the pointer back as it was given.
    const pam_conv conversation{converse,
                                const_cast<Conversation*>(&with)};  // NOLINT(cppcoreguidelines-pro-type-const-cast)
    pam_handle_t* handle = nullptr;
    const int started = service.directory == nullptr
                            ? pam_start(service.name, nullptr, &conversation, &handle)
                            : pam_start_confdir(service.name, nullptr, &conversation, service.directory, &handle);
    if (started != PAM_SUCCESS) return {PAM_SYSTEM_ERR, PAM_ABORT, {}};
    (void)pam_set_item(handle, PAM_TTY, service.tty);
    Codes codes{pam_authenticate(handle, PAM_DISALLOW_NULL_AUTHTOK), PAM_ABORT, {}};
    if (codes.authentication == PAM_SUCCESS) codes.account = pam_acct_mgmt(handle, 0);
    const void* user = nullptr;
    if (pam_get_item(handle, PAM_USER, &user) == PAM_SUCCESS && user != nullptr)
        codes.user = static_cast<const char*>(user);
    (void)pam_end(handle, codes.authentication == PAM_SUCCESS ? codes.account : codes.authentication);
    return codes;
}

}  // namespace sekimori::pam
