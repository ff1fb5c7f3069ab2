// SPDX-License-Identifier: Apache-2.0
// The dialogue without PAM: a person in memory, the broker's half written in advance.
#include "pam_module/dialogue.hpp"

#include <gtest/gtest.h>

#include <deque>

namespace sekimori::pam {
namespace {

struct Person final : Conversation {
    std::vector<std::pair<Tone, std::string>> heard;
    std::deque<std::string> replies;
    Status say(Tone tone, const std::string& text) override {
        heard.emplace_back(tone, text);
        return {};
    }
    Result<SecureBytes> ask(Echo /*echo*/, const std::string& text) override {
        heard.emplace_back(Tone::info, text);
        if (replies.empty()) return fail(ErrorCode::cancelled, "nobody");
        const std::string reply = std::exchange(replies.front(), {});
        replies.pop_front();
        return SecureBytes({reinterpret_cast<const std::uint8_t*>(reply.data()), reply.size()});
    }
};

struct Dialogue : testing::Test {
    Dialogue() {
        auto pair = Channel::pair();
        module = std::move(pair->first);
        broker = std::move(pair->second);
    }
    Decision run(const std::string& user = "alice") {
        const wire::Begin begin{
            .service = "login", .user = user, .tty = {}, .rhost = {}, .ruser = {}, .intent = {}, .trial = {}};
        return authenticate(module, begin, person, Language::en, Deadline(std::chrono::seconds{20}));
    }
    void say_granted(const std::string& user, std::size_t grant = kGrantSize) {
        wire::Verdict verdict;
        verdict.outcome = Outcome::granted;
        verdict.user = user;
        verdict.grant = SecureBytes(grant);
        ASSERT_TRUE(broker.send(verdict));
    }
    void say_denied(MessageId id, std::uint32_t number = 0) {
        wire::Verdict verdict;
        verdict.id = id;
        verdict.number = number;
        verdict.grant = SecureBytes(kGrantSize);
        ASSERT_TRUE(broker.send(verdict));
    }
    Channel module, broker;
    Person person;
};

TEST_F(Dialogue, Granted) {
    say_granted("alice");
    const Decision decision = run("");
    EXPECT_EQ(decision.ending, Ending::granted);
    EXPECT_EQ(decision.user, "alice");
    EXPECT_EQ(decision.grant.size(), kGrantSize);
}

TEST_F(Dialogue, ADenialBringsNoGrant) {
    say_denied(MessageId::no_match, 4);
    const Decision decision = run();
    EXPECT_EQ(decision.ending, Ending::denied);
    EXPECT_TRUE(decision.grant.empty());
    EXPECT_TRUE(decision.user.empty());
    ASSERT_EQ(person.heard.size(), 1U);
    EXPECT_EQ(person.heard[0].first, Tone::error);
    EXPECT_EQ(person.heard[0].second, "No match (4 tries left). Wipe the finger lightly and try again.");
}

TEST_F(Dialogue, AReasonOfANewerBroker) {
    say_denied(static_cast<MessageId>(4711));
    EXPECT_EQ(run().ending, Ending::denied);
    ASSERT_EQ(person.heard.size(), 1U);
    EXPECT_EQ(person.heard[0].second, "Not accepted.");
}

TEST_F(Dialogue, NothingIsSaidWithoutAReason) {
    say_denied(MessageId::none);
    EXPECT_EQ(run().ending, Ending::denied);
    EXPECT_TRUE(person.heard.empty());
}

TEST_F(Dialogue, UserAndGrantMustFit) {
    say_granted("alicia");
    EXPECT_EQ(run().ending, Ending::denied);
    say_granted("");
    EXPECT_EQ(run("").ending, Ending::denied);
    say_granted("alice", 31);
    EXPECT_EQ(run().ending, Ending::denied);
}

TEST_F(Dialogue, AVerdictThatCameTooLate) {
    say_granted("alice");
    const wire::Begin begin{
        .service = "login", .user = "alice", .tty = {}, .rhost = {}, .ruser = {}, .intent = {}, .trial = {}};
    EXPECT_EQ(authenticate(module, begin, person, Language::en, Deadline(Millis{0})).ending, Ending::denied);
}

TEST_F(Dialogue, AnAccountWhoseNameIsANumber) {
    wire::Prompt prompt;
    prompt.serial = 3;
    prompt.style = wire::PromptStyle::echo_on;
    prompt.id = MessageId::choose_account;
    prompt.items = {{"2"}, {"bob"}};
    ASSERT_TRUE(broker.send(prompt));
    say_granted("2");
    person.replies = {"2"};
    EXPECT_EQ(run("").ending, Ending::granted);
    ASSERT_TRUE(broker.receive_as<wire::Begin>(std::nullopt));
    const auto answer = broker.receive_as<wire::Answer>(std::nullopt);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->serial, 3U);
    EXPECT_EQ(answer->text.view(), "2");
}

TEST_F(Dialogue, ItemsAreShownWithoutControlCharacters) {
    wire::Prompt prompt;
    prompt.style = wire::PromptStyle::echo_on;
    prompt.id = MessageId::choose_account;
    prompt.items = {{"a\x1b[1m"}};
    ASSERT_TRUE(broker.send(prompt));
    EXPECT_EQ(run("").ending, Ending::denied);
    ASSERT_FALSE(person.heard.empty());
    EXPECT_EQ(person.heard[0].second, "1) a?[1m");
}

TEST_F(Dialogue, AQuestionsAnswerBringsNoGrant) {
    say_granted("alice");
    wire::Account question;
    question.service = "login";
    question.user = "alice";
    const Decision decision = ask(module, question, person, Language::en, Deadline(std::chrono::seconds{20}));
    EXPECT_EQ(decision.ending, Ending::granted);
    EXPECT_TRUE(decision.grant.empty());
}

}  // namespace
}  // namespace sekimori::pam
