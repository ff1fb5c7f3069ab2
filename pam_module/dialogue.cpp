// SPDX-License-Identifier: Apache-2.0
#include "pam_module/dialogue.hpp"

#include "pam_module/prompts.hpp"
#include "pam_module/texts.hpp"

namespace sekimori::pam {
namespace {

// More than any transaction has, retries of the finger included: a broker that talks for ever is not ours.
constexpr int kMaxPrompts = 200;

Decision failed(const Error& error) {
    return {.ending = ending_of(error), .user = {}, .grant = {}, .cause = error.message};
}

Decision judge(wire::Verdict verdict, const std::string& user, const Deadline& deadline) {
    Decision decision;
    decision.ending = ending_of(verdict.outcome);
    if (decision.ending != Ending::granted) {
        decision.cause = "the broker's verdict";
        return decision;
    }
    const auto denied = [](const char* cause) { return failed({ErrorCode::mismatch, cause}); };
    if (verdict.user.empty()) return denied("a verdict for nobody");
    if (!user.empty() && verdict.user != user) return denied("a verdict for another account");
    if (!verdict.grant.empty() && verdict.grant.size() != kGrantSize) return denied("a grant of a wrong size");
    if (deadline.left() == Millis{0}) return denied("the verdict came too late");
    decision.user = std::move(verdict.user);
    decision.grant = std::move(verdict.grant);
    return decision;
}

// What the verdict says to the person. It is decided already: a conversation that fails here changes nothing.
void announce(const wire::Verdict& verdict, Conversation& person, Language language) {
    if (verdict.id == MessageId::none) return;
    const Parameters parameters{.number = verdict.number, .service = {}, .requester = {}, .items = {}};
    const Tone tone = verdict.outcome == Outcome::granted ? Tone::info : Tone::error;
    auto text = render(verdict.id, language, parameters);
    // A newer broker's reason is shown as "denied".
    if (!text && tone == Tone::error) text = render(MessageId::denied, language, parameters);
    if (text) (void)person.say(tone, *text);
}

Decision conclude(Result<wire::Verdict> verdict, const std::string& user, Conversation& person, Language language,
                  const Deadline& deadline) {
    if (!verdict) return failed(verdict.error());
    announce(*verdict, person, language);
    return judge(std::move(*verdict), user, deadline);
}

template <class Question>
Decision ask_once(Channel& broker, const Question& question, Conversation& person, Language language,
                  const Deadline& deadline) {
    if (auto sent = broker.send(question); !sent) return failed(sent.error());
    Decision decision =
        conclude(broker.receive_as<wire::Verdict>(deadline.left()), question.user, person, language, deadline);
    decision.grant.clear();  // only an authentication brings one
    return decision;
}

}  // namespace

Decision authenticate(Channel& broker, const wire::Begin& begin, Conversation& person, Language language,
                      const Deadline& deadline) {
    if (auto sent = broker.send(begin); !sent) return failed(sent.error());
    for (int prompts = 0; prompts < kMaxPrompts; ++prompts) {
        const auto bytes = broker.receive(deadline.left());
        if (!bytes) return failed(bytes.error());
        const auto type = wire::type_of(bytes->span());
        if (!type) return failed(type.error());
        if (*type != static_cast<std::uint16_t>(wire::MessageType::prompt))
            return conclude(wire::decode<wire::Verdict>(bytes->span()), begin.user, person, language, deadline);
        const auto prompt = wire::decode<wire::Prompt>(bytes->span());
        if (!prompt) return failed(prompt.error());
        const auto answer = put(*prompt, person, language);
        if (!answer) return failed(answer.error());
        if (!*answer) continue;
        // A broker that gave up meanwhile has left its verdict in the socket.
        const auto sent = broker.send(**answer);
        if (!sent && sent.error().code != ErrorCode::gone) return failed(sent.error());
        if ((*answer)->status != wire::AnswerStatus::given)
            return failed({ErrorCode::cancelled, "the conversation was cancelled or failed"});
    }
    return failed({ErrorCode::malformed, "too many prompts"});
}

Decision ask(Channel& broker, const wire::Account& question, Conversation& person, Language language,
             const Deadline& deadline) {
    return ask_once(broker, question, person, language, deadline);
}

Decision ask(Channel& broker, const wire::OpenSession& question, Conversation& person, Language language,
             const Deadline& deadline) {
    return ask_once(broker, question, person, language, deadline);
}

Decision ask(Channel& broker, const wire::CloseSession& question, Conversation& person, Language language,
             const Deadline& deadline) {
    return ask_once(broker, question, person, language, deadline);
}

}  // namespace sekimori::pam
