// SPDX-License-Identifier: Apache-2.0
#include "pam_module/prompts.hpp"

#include <algorithm>

#include "pam_module/texts.hpp"

namespace sekimori::pam {
namespace {

using wire::AnswerStatus;
using wire::Prompt;
using wire::PromptStyle;

// A typing error at a choice is forgiven this often.
constexpr int kChoices = 3;

wire::Answer answer_to(const Prompt& prompt, AnswerStatus status, SecureBytes text = {}) {
    return {.serial = prompt.serial, .status = status, .text = std::move(text)};
}

wire::Answer answer_to(const Prompt& prompt, Result<SecureBytes> reply) {
    if (reply) return answer_to(prompt, AnswerStatus::given, std::move(*reply));
    const bool empty = reply.error().code == ErrorCode::not_found;
    // Whoever has no code at hand goes on to the card. Everywhere else nothing is no answer.
    if (empty && prompt.id == MessageId::enter_code) return answer_to(prompt, AnswerStatus::given);
    return answer_to(
        prompt, empty || reply.error().code == ErrorCode::cancelled ? AnswerStatus::cancelled : AnswerStatus::failed);
}

// Which item a reply means: its name, or its number in the list.
const wire::Item* chosen(const Prompt& prompt, std::string_view reply) {
    const auto named = std::find_if(prompt.items.begin(), prompt.items.end(),
                                    [&](const wire::Item& item) { return item.text == reply; });
    if (named != prompt.items.end()) return &*named;
    if (reply.empty() || reply.size() > 2) return nullptr;
    std::size_t number = 0;
    for (const char c : reply) {
        if (c < '0' || c > '9') return nullptr;
        number = number * 10 + static_cast<std::size_t>(c - '0');
    }
    return number >= 1 && number <= prompt.items.size() ? &prompt.items[number - 1] : nullptr;
}

Result<wire::Answer> choose(const Prompt& prompt, const std::string& text, Conversation& person) {
    for (int attempt = 0; attempt < kChoices; ++attempt) {
        for (std::size_t i = 0; i < prompt.items.size(); ++i) {
            const std::string line = std::to_string(i + 1) + ") " + printable(prompt.items[i].text);
            if (auto shown = person.say(Tone::info, line); !shown) return tl::unexpected<Error>(shown.error());
        }
        auto reply = person.ask(Echo::on, text);
        if (!reply) return answer_to(prompt, std::move(reply));
        if (const wire::Item* item = chosen(prompt, reply->view())) {
            const ByteSpan name{reinterpret_cast<const std::uint8_t*>(item->text.data()), item->text.size()};
            return answer_to(prompt, AnswerStatus::given, SecureBytes(name));
        }
    }
    return answer_to(prompt, AnswerStatus::cancelled);
}

bool is_secret(MessageId id) {
    return id == MessageId::enter_pin || id == MessageId::enter_code || id == MessageId::enter_password;
}

PromptStyle style_of(MessageId id, PromptStyle style) {
    if (is_secret(id)) return PromptStyle::echo_off;
    if (id == MessageId::choose_account) return PromptStyle::echo_on;
    return style == PromptStyle::error ? PromptStyle::error : PromptStyle::info;
}

}  // namespace

Result<std::optional<wire::Answer>> put(const Prompt& prompt, Conversation& person, Language language) {
    const auto text =
        render(prompt.id, language,
               {.number = prompt.number, .service = prompt.service, .requester = prompt.requester, .items = {}});
    if (!text || style_of(prompt.id, prompt.style) != prompt.style)
        return fail(ErrorCode::malformed, "a prompt that is not the PAM module's");
    if (prompt.id == MessageId::enter_pin) {
        if (prompt.number != 0) {
            if (auto shown = person.say(Tone::info, render_tries(prompt.number, language)); !shown)
                return tl::unexpected<Error>(shown.error());
        }
        return answer_to(prompt, person.ask(Echo::off, *text));
    }
    if (is_secret(prompt.id)) return answer_to(prompt, person.ask(Echo::off, *text));
    if (prompt.id == MessageId::choose_account) {
        if (prompt.items.empty()) return fail(ErrorCode::malformed, "a choice of nothing");
        auto answer = choose(prompt, *text, person);
        if (!answer) return tl::unexpected<Error>(answer.error());
        return std::optional(std::move(*answer));
    }
    if (auto shown = person.say(prompt.style == PromptStyle::error ? Tone::error : Tone::info, *text); !shown)
        return tl::unexpected<Error>(shown.error());
    return std::nullopt;
}

}  // namespace sekimori::pam
