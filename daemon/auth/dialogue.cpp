// SPDX-License-Identifier: Apache-2.0
#include "daemon/auth/dialogue.hpp"

namespace sekimori::daemon {

wire::PromptStyle ChannelDialogue::style_of(MessageId id) noexcept {
    // From 40 on the ids say why it went no further (core/message.hpp).
    const auto number = static_cast<std::uint16_t>(id);
    return number >= 40 && number < 80 && id != MessageId::observed ? wire::PromptStyle::error
                                                                    : wire::PromptStyle::info;
}

void ChannelDialogue::send(const PromptText& text, wire::PromptStyle style) {
    wire::Prompt prompt;
    prompt.serial = ++serial_;
    prompt.style = style;
    prompt.id = text.id;
    prompt.number = text.number;
    prompt.service = text.service;
    prompt.requester = text.requester;
    for (const std::string& item : text.items) prompt.items.push_back({item});
    if (!channel_.send(prompt)) broken_();
}

void ChannelDialogue::ask(const PromptText& text, wire::PromptStyle style, AnswerCallback callback) {
    waiting_ = std::move(callback);
    asked_ = serial_ + 1;
    send(text, style);
}

Status ChannelDialogue::on_answer(wire::Answer answer) {
    if (answer.serial == 0 || answer.serial > asked_) return fail(ErrorCode::malformed, "an answer to no question");
    if (waiting_ == nullptr || answer.serial != asked_) return {};
    const AnswerCallback callback = std::move(waiting_);
    waiting_ = nullptr;
    callback(answer.status, std::move(answer.text));
    return {};
}

}  // namespace sekimori::daemon
