// SPDX-License-Identifier: Apache-2.0
#include "admin/dialogue.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <semaphore>
#include <thread>

#include "tests/unit/admin/fake_broker.hpp"

namespace sekimori::admin {
namespace {

using test::done;
using test::failed;
using test::Pipe;
using test::prompt;
using wire::PromptStyle;

class Notes final : public View {
  public:
    std::vector<std::string> lines;
    std::counting_semaphore<> asked{0};
    void tell(const wire::Prompt& p) override { note("tell", p.id); }
    void question(const wire::Prompt& p) override {
        note("question", p.id);
        asked.release();
    }
    void again(const wire::Prompt& p) override {
        note("again", p.id);
        asked.release();
    }
    void differ() override { lines.emplace_back("differ"); }
    void progress(const wire::Progress& p) override { lines.push_back("progress " + std::to_string(p.stage)); }

  private:
    void note(const char* what, MessageId id) {
        lines.push_back(std::string(what) + " " + std::to_string(static_cast<unsigned>(id)));
    }
};

class DialogueTest : public ::testing::Test {
  protected:
    void SetUp() override {
        auto ends = Channel::pair();
        ASSERT_TRUE(ends);
        broker = std::move(ends->first);
        command = std::move(ends->second);
    }
    Outcome<std::string> hold(Answers answers = {}) {
        if (answers.input < 0) answers.input = nothing.read_end.get();
        Dialogue dialogue(std::move(command), answers, interrupt, view);
        return dialogue.run();
    }
    // What the command sent before it closed its end.
    Result<wire::Answer> sent() { return broker.receive_as<wire::Answer>(Millis{0}); }
    bool closed() {
        const auto rest = broker.receive(Millis{0});
        return !rest && rest.error().code == ErrorCode::gone;
    }

    Channel broker, command;
    Notes view;
    Pipe nothing;  // an input that says nothing
    Pipe signals;
    Interrupt interrupt{UniqueFd(dup(signals.read_end.get()))};
};

TEST_F(DialogueTest, EndsWithTheAnswer) {
    ASSERT_TRUE(broker.send(done(R"({"schema":1})")));
    const auto end = hold();
    ASSERT_TRUE(end);
    EXPECT_EQ(*end, R"({"schema":1})");
    EXPECT_TRUE(closed());
}

TEST_F(DialogueTest, ShowsPromptsAndProgressInOrder) {
    ASSERT_TRUE(broker.send(prompt(PromptStyle::info, MessageId::tap_card)));
    ASSERT_TRUE(broker.send(wire::Progress{wire::ProgressEvent::stage, 1, 5, MessageId::none}));
    ASSERT_TRUE(broker.send(prompt(PromptStyle::error, MessageId::card_removed)));
    ASSERT_TRUE(broker.send(done("{}")));
    ASSERT_TRUE(hold());
    EXPECT_EQ(view.lines, (std::vector<std::string>{"tell 1", "progress 1", "tell 50"}));
}

TEST_F(DialogueTest, ReportsWhatTheBrokerSaid) {
    ASSERT_TRUE(broker.send(failed(R"({"code":"exists","message":"taken","hint":"another"})")));
    const auto end = hold();
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error(), (Failure{Exit::refused, "exists", "taken", "another"}));
}

TEST_F(DialogueTest, EndOfFileMeansThatTheBrokerIsGone) {
    broker = Channel();
    const auto end = hold();
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().exit, Exit::unreachable);
}

TEST_F(DialogueTest, AnAnswerSentBeforeTheEndOfFileCounts) {
    ASSERT_TRUE(broker.send(done("{}")));
    broker = Channel();
    EXPECT_TRUE(hold());
}

TEST_F(DialogueTest, RefusesWhatIsNoMessageOfADialogue) {
    const std::vector<std::vector<std::uint8_t>> wrong{{1, 2, 3}, {1, 0xff, 0xff}, {9, 0, 33}, {1, 0, 33, 0}};
    for (const auto& bytes : wrong) {
        SetUp();
        ASSERT_TRUE(broker.send_bytes(bytes));
        const auto end = hold();
        ASSERT_FALSE(end);
        EXPECT_EQ(end.error().code, "malformed");
        EXPECT_TRUE(closed());
    }
    SetUp();
    ASSERT_TRUE(broker.send(wire::Welcome{1}));
    EXPECT_EQ(hold().error().code, "malformed");
}

TEST_F(DialogueTest, ASignalCancels) {
    signals.write("x");
    const auto end = hold();
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().code, "cancelled");
    EXPECT_EQ(end.error().exit, Exit::refused);
    EXPECT_TRUE(closed());
}

TEST_F(DialogueTest, WhatIsDoneStaysDoneInSpiteOfASignal) {
    signals.write("x");
    ASSERT_TRUE(broker.send(done("{}")));
    EXPECT_TRUE(hold());
}

// A PIN from a pipe: exactly one line, and the next question gets the next one.
TEST_F(DialogueTest, ReadsOneLineAQuestion) {
    const Pipe input;
    input.write("1234\n567890\nrest");
    ASSERT_TRUE(broker.send(prompt(PromptStyle::echo_off, MessageId::enter_pin, 7)));
    std::thread person([&] {
        const auto first = broker.receive_as<wire::Answer>(Millis{5000});
        ASSERT_TRUE(first);
        EXPECT_EQ(first->serial, 7U);
        EXPECT_EQ(first->status, wire::AnswerStatus::given);
        EXPECT_EQ(first->text.view(), "1234");
        ASSERT_TRUE(broker.send(prompt(PromptStyle::echo_off, MessageId::enter_pin, 8)));
        const auto second = broker.receive_as<wire::Answer>(Millis{5000});
        ASSERT_TRUE(second);
        EXPECT_EQ(second->serial, 8U);
        EXPECT_EQ(second->text.view(), "567890");
        ASSERT_TRUE(broker.send(done("{}")));
    });
    EXPECT_TRUE(hold({input.read_end.get(), std::nullopt}));
    person.join();
    char left[8]{};
    EXPECT_EQ(read(input.read_end.get(), left, sizeof left), 4);
    EXPECT_TRUE(view.lines.empty()) << "nobody reads a question that a program answers";
}

TEST_F(DialogueTest, APinDescriptorGoesBeforeStandardInput) {
    const Pipe input;
    const Pipe pin;
    input.write("wrong\n");
    pin.write("1234");
    Pipe& ends = const_cast<Pipe&>(pin);
    ends.close();  // the end of file ends a line, too
    ASSERT_TRUE(broker.send(prompt(PromptStyle::echo_off, MessageId::enter_pin, 1)));
    std::thread person([&] {
        const auto answer = broker.receive_as<wire::Answer>(Millis{5000});
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->text.view(), "1234");
        ASSERT_TRUE(broker.send(done("{}")));
    });
    EXPECT_TRUE(hold({input.read_end.get(), pin.read_end.get()}));
    person.join();
}

TEST_F(DialogueTest, NoPinAndNobodyThereIsAUsageError) {
    Pipe input;
    input.close();
    ASSERT_TRUE(broker.send(prompt(PromptStyle::echo_off, MessageId::enter_pin, 1)));
    const auto end = hold({input.read_end.get(), std::nullopt});
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().exit, Exit::usage);
    EXPECT_TRUE(closed());
}

TEST_F(DialogueTest, AnOverlongLineIsNoPin) {
    const Pipe input;
    input.write(std::string(LineReader::kMaxLine + 1, '1') + "\n");
    ASSERT_TRUE(broker.send(prompt(PromptStyle::echo_off, MessageId::enter_pin, 1)));
    EXPECT_EQ(hold({input.read_end.get(), std::nullopt}).error().exit, Exit::usage);
    EXPECT_TRUE(closed());
}

TEST_F(DialogueTest, WithoutATerminalNothingElseIsAsked) {
    const Pipe input;
    input.write("yes\n");
    ASSERT_TRUE(broker.send(prompt(PromptStyle::echo_on, MessageId::confirm_devices, 1)));
    EXPECT_EQ(hold({input.read_end.get(), std::nullopt}).error().exit, Exit::usage);
}

// The broker gave up on the PIN while nobody typed.
TEST_F(DialogueTest, AnOpenQuestionDoesNotHideTheEnd) {
    ASSERT_TRUE(broker.send(prompt(PromptStyle::echo_off, MessageId::enter_pin, 1)));
    ASSERT_TRUE(broker.send(failed(R"({"code":"pin_timeout","message":"m","hint":""})")));
    EXPECT_EQ(hold().error().code, "pin_timeout");
}

// A terminal: the other end is a person's keyboard and screen.
class TerminalDialogueTest : public DialogueTest {
  protected:
    void SetUp() override {
        DialogueTest::SetUp();
        int keyboard_fd = -1;
        int terminal_fd = -1;
        ASSERT_EQ(openpty(&keyboard_fd, &terminal_fd, nullptr, nullptr, nullptr), 0);
        keyboard.reset(keyboard_fd);
        terminal.reset(terminal_fd);
    }
    // Types once the question is there: what was typed before it is thrown away.
    void type(const std::string& text) {
        view.asked.acquire();
        EXPECT_FALSE(echo());
        ASSERT_EQ(write(keyboard.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    bool echo() {
        termios now{};
        tcgetattr(terminal.get(), &now);
        return (now.c_lflag & ECHO) != 0;
    }
    UniqueFd keyboard, terminal;
};

TEST_F(TerminalDialogueTest, HidesThePinAndRestoresTheTerminal) {
    ASSERT_TRUE(broker.send(prompt(PromptStyle::echo_off, MessageId::enter_pin, 3)));
    std::thread person([&] {
        type("1234\n");
        const auto answer = broker.receive_as<wire::Answer>(Millis{5000});
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->text.view(), "1234");
        ASSERT_TRUE(broker.send(done("{}")));
    });
    EXPECT_TRUE(hold({terminal.get(), std::nullopt}));
    person.join();
    EXPECT_TRUE(echo());
    EXPECT_EQ(view.lines, std::vector<std::string>{"question 3"});
    char screen[64]{};
    const ssize_t shown = read(keyboard.get(), screen, sizeof screen);
    EXPECT_EQ(std::string(screen, static_cast<std::size_t>(std::max<ssize_t>(shown, 0))), "\r\n");
}

TEST_F(TerminalDialogueTest, ControlDCancels) {
    ASSERT_TRUE(broker.send(prompt(PromptStyle::echo_off, MessageId::enter_pin, 3)));
    std::thread person([&] { type("\x04"); });
    const auto end = hold({terminal.get(), std::nullopt});
    person.join();
    EXPECT_EQ(end.error().code, "cancelled");
    EXPECT_TRUE(closed());
    EXPECT_TRUE(echo());
}

TEST_F(TerminalDialogueTest, ANewPassphraseIsTypedTwice) {
    ASSERT_TRUE(broker.send(prompt(PromptStyle::echo_off, MessageId::new_passphrase, 4)));
    std::thread person([&] {
        for (const char* line : {"one\n", "other\n", "one\n", "one\n"}) type(line);
        const auto answer = broker.receive_as<wire::Answer>(Millis{5000});
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->text.view(), "one");
        ASSERT_TRUE(broker.send(done("{}")));
    });
    EXPECT_TRUE(hold({terminal.get(), std::nullopt}));
    person.join();
    EXPECT_EQ(view.lines, (std::vector<std::string>{"question 81", "again 81", "differ", "question 81", "again 81"}));
}

}  // namespace
}  // namespace sekimori::admin
