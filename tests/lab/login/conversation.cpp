// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/login/conversation.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string_view>

namespace sekimori::lab::login {
namespace {

// The prompt that asks for a finger, in either language (the outside contract's words).
bool asks_for_finger(std::string_view text) {
    return text.find("Now place a registered finger.") != std::string_view::npos ||
           text.find("登録した指を置いてください。") != std::string_view::npos;
}

}  // namespace

int Conversation::answer(const pam_message& message, pam_response& response) {
    const std::string text(message.msg == nullptr ? "" : message.msg);
    prompts_.push_back(text);
    if (show_ == Show::prompts) std::cout << text << std::endl;
    if (message.msg_style == PAM_TEXT_INFO || message.msg_style == PAM_ERROR_MSG) {
        if (hand_ != nullptr && asks_for_finger(text)) hand_->press();
        return PAM_SUCCESS;
    }
    std::string line;
    if (!std::getline(std::cin, line)) return PAM_CONV_ERR;
    response.resp = strdup(line.c_str());
    return response.resp == nullptr ? PAM_BUF_ERR : PAM_SUCCESS;
}

int Conversation::converse(int count, const pam_message** messages, pam_response** responses, void* self) noexcept {
    if (count <= 0 || count > PAM_MAX_NUM_MSG) return PAM_CONV_ERR;
    // The module frees them: pam_conv(3).
    // NOLINTBEGIN(cppcoreguidelines-no-malloc)
    auto* replies = static_cast<pam_response*>(std::calloc(static_cast<std::size_t>(count), sizeof(pam_response)));
    if (replies == nullptr) return PAM_BUF_ERR;
    for (int i = 0; i < count; ++i) {
        const int done = static_cast<Conversation*>(self)->answer(*messages[i], replies[i]);
        if (done == PAM_SUCCESS) continue;
        for (int k = 0; k < i; ++k) std::free(replies[k].resp);
        std::free(replies);
        return done;
    }
    // NOLINTEND(cppcoreguidelines-no-malloc)
    *responses = replies;
    return PAM_SUCCESS;
}

}  // namespace sekimori::lab::login
