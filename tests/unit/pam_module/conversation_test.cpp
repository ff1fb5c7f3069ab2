// SPDX-License-Identifier: Apache-2.0
// What a host's conversation function can do wrong (pam_pkcs11 CVE-2025-24031: Ctrl-C at the PIN prompt crashed the
// host). The broker grants whatever happens; the module does not.
#include "tests/unit/pam_module/pam_test.hpp"

namespace sekimori::test {
namespace {

struct BadReply {
    const char* name;
    Reply reply;
    wire::AnswerStatus told;
};
void PrintTo(const BadReply& bad, std::ostream* out) { *out << bad.name; }

struct BadReplies : PamTest, testing::WithParamInterface<BadReply> {
    std::optional<wire::Answer> answer;
    void ask(wire::PromptStyle style, MessageId id) {
        broker.expect([this, style, id](Line& line) {
            if (!line.open<wire::Begin>()) return;
            auto prompt = prompt_of(style, id);
            if (id == MessageId::choose_account) prompt.items = {{"alice"}, {"bob"}};
            line.say(prompt);
            answer = line.hear<wire::Answer>();
            line.say(granted("alice"));
        });
    }
    void expect_denial(Host& host) {
        host.will_answer(GetParam().reply);
        EXPECT_EQ(host.authenticate(), PAM_AUTH_ERR);
        EXPECT_EQ(host.set_credentials(), PAM_CRED_ERR);
        broker.finish();
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->status, GetParam().told);
        EXPECT_TRUE(answer->text.empty());
    }
};

TEST_P(BadReplies, AtThePin) {
    ask(wire::PromptStyle::echo_off, MessageId::enter_pin);
    Host host(broker, directory, kModule, "", "alice");
    expect_denial(host);
}

TEST_P(BadReplies, AtThePassword) {
    ask(wire::PromptStyle::echo_off, MessageId::enter_password);
    Host host(broker, directory, kModule, "", "alice");
    expect_denial(host);
}

// Enter goes on to the card, and nothing else does.
TEST_P(BadReplies, AtTheCode) {
    ask(wire::PromptStyle::echo_off, MessageId::enter_code);
    Host host(broker, directory, kModule, "", "alice");
    if (std::string(GetParam().name) != "empty") return expect_denial(host);
    host.will_answer(GetParam().reply);
    (void)host.authenticate();
    broker.finish();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, wire::AnswerStatus::given);
    EXPECT_TRUE(answer->text.empty());
}

TEST_P(BadReplies, AtTheChoice) {
    ask(wire::PromptStyle::echo_on, MessageId::choose_account);
    Host host(broker, directory, kModule, "", "");
    expect_denial(host);
    EXPECT_EQ(host.user(), "");
}

INSTANTIATE_TEST_SUITE_P(
    Every, BadReplies,
    testing::Values(
        BadReply{"conv_err", {.text = {}, .code = PAM_CONV_ERR}, wire::AnswerStatus::cancelled},
        BadReply{"abort", {.text = {}, .code = PAM_ABORT}, wire::AnswerStatus::cancelled},
        BadReply{"again", {.text = {}, .code = PAM_CONV_AGAIN}, wire::AnswerStatus::cancelled},
        BadReply{"buf_err", {.text = {}, .code = PAM_BUF_ERR}, wire::AnswerStatus::cancelled},
        BadReply{"ignore", {.text = {}, .code = PAM_IGNORE}, wire::AnswerStatus::cancelled},
        BadReply{"no_text", {.text = {}, .code = PAM_SUCCESS}, wire::AnswerStatus::cancelled},
        BadReply{"no_response", {.text = {}, .code = PAM_SUCCESS, .response = false}, wire::AnswerStatus::cancelled},
        BadReply{"empty", {.text = "", .code = PAM_SUCCESS}, wire::AnswerStatus::cancelled},
        BadReply{"over_long", {.text = std::string(513, '1'), .code = PAM_SUCCESS}, wire::AnswerStatus::failed},
        BadReply{"megabyte", {.text = std::string(1 << 20, '1'), .code = PAM_SUCCESS}, wire::AnswerStatus::failed}),
    [](const auto& one) { return one.param.name; });

TEST_F(PamTest, TheLongestReplyArrives) {
    std::optional<wire::Answer> answer;
    broker.expect([&](Line& line) {
        if (!line.open<wire::Begin>()) return;
        line.say(prompt_of(wire::PromptStyle::echo_off, MessageId::enter_pin));
        answer = line.hear<wire::Answer>();
        line.say(verdict_of(Outcome::denied));
    });
    Host host(broker, directory, kModule, "", "alice");
    host.will_answer(std::string(512, '1'));
    EXPECT_EQ(host.authenticate(), PAM_AUTH_ERR);
    broker.finish();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->text.size(), 512U);
}

TEST_F(PamTest, WrongChoicesAreACancel) {
    std::optional<wire::Answer> answer;
    broker.expect([&](Line& line) {
        if (!line.open<wire::Begin>()) return;
        auto prompt = prompt_of(wire::PromptStyle::echo_on, MessageId::choose_account);
        prompt.items = {{"alice"}, {"bob"}};
        line.say(prompt);
        answer = line.hear<wire::Answer>();
        line.say(granted("alice"));
    });
    Host host(broker, directory, kModule, "", "");
    for (const char* wrong : {"0", "3", "mallory"}) host.will_answer(wrong);
    EXPECT_EQ(host.authenticate(), PAM_AUTH_ERR);
    broker.finish();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, wire::AnswerStatus::cancelled);
}

TEST_F(PamTest, ATextThatCouldNotBeShownEndsIt) {
    for (const int code : {PAM_CONV_ERR, PAM_ABORT, PAM_CONV_AGAIN, PAM_IGNORE}) {
        broker.expect([](Line& line) {
            if (!line.open<wire::Begin>()) return;
            line.say(prompt_of(wire::PromptStyle::info, MessageId::intent_notice));
            line.say(granted("alice"));
            line.wait_for_end();
        });
        Host host(broker, directory, kModule, "", "alice");
        host.texts_return(code);
        EXPECT_EQ(host.authenticate(), PAM_AUTH_ERR);
    }
}

TEST_F(PamTest, AReasonThatCouldNotBeShownChangesNothing) {
    broker.expect([](Line& line) {
        if (line.open<wire::Begin>()) line.say(verdict_of(Outcome::locked_out, MessageId::locked_out, 30));
    });
    Host host(broker, directory, kModule, "", "alice");
    host.texts_return(PAM_CONV_ERR);
    EXPECT_EQ(host.authenticate(), PAM_MAXTRIES);
}

TEST_F(PamTest, AHostWithoutConversation) {
    for (const auto style : {wire::PromptStyle::info, wire::PromptStyle::echo_off}) {
        broker.expect([=](Line& line) {
            if (!line.open<wire::Begin>()) return;
            line.say(prompt_of(style, style == wire::PromptStyle::info ? MessageId::tap_card : MessageId::enter_pin));
            line.say(granted("alice"));
            line.wait_for_end();
        });
        Host host(broker, directory, kModule, "", "alice");
        host.without_conversation();
        EXPECT_EQ(host.authenticate(), PAM_AUTH_ERR);
    }
}

// It gave up while the person was typing, and has said why.
TEST_F(PamTest, TheBrokersReasonIsReadAfterALateAnswer) {
    broker.expect([](Line& line) {
        if (!line.open<wire::Begin>()) return;
        line.say(prompt_of(wire::PromptStyle::echo_off, MessageId::enter_pin));
        line.say(verdict_of(Outcome::locked_out, MessageId::locked_out, 30));
        (void)line.hear<wire::Answer>();
    });
    Host host(broker, directory, kModule, "", "alice");
    host.will_answer("1234");
    EXPECT_EQ(host.authenticate(), PAM_MAXTRIES);
    EXPECT_EQ(host.shown().back(), (Shown{PAM_ERROR_MSG, "Too many failures. Try again in 30 seconds."}));
}

}  // namespace
}  // namespace sekimori::test
