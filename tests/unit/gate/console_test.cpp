// SPDX-License-Identifier: Apache-2.0
// On a real pseudo-terminal: what is typed is the other side's.
#include "session_lock/gate/console.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <thread>

namespace sekimori::gate {
namespace {

class ConsoleTest : public testing::Test {
  protected:
    void SetUp() override {
        ASSERT_EQ(openpty(&person_, &gate_, nullptr, nullptr, nullptr), 0);
        stop_ = eventfd(0, EFD_CLOEXEC);
    }
    void TearDown() override {
        for (const int fd : {person_, gate_, stop_})
            if (fd >= 0) close(fd);
    }
    void type(std::string_view text) const {
        ASSERT_EQ(write(person_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    // Everything that is shown until `end` was.
    std::string shown_until(std::string_view end) const {
        std::string text;
        std::array<char, 256> buffer{};
        while (text.find(end) == std::string::npos) {
            pollfd item{person_, POLLIN, 0};
            if (poll(&item, 1, 10'000) != 1) break;
            const ssize_t got = read(person_, buffer.data(), buffer.size());
            if (got <= 0) break;
            text.append(buffer.data(), static_cast<std::size_t>(got));
        }
        return text;
    }
    int person_{-1}, gate_{-1}, stop_{-1};
};

TEST_F(ConsoleTest, LinesWithoutControlCharacters) {
    Console console(gate_, gate_, stop_);
    console.line("Tap \x1b[2Jyour\x07 card.");
    EXPECT_EQ(shown_until("\n"), "Tap [2Jyour card.\r\r\n");
}

TEST_F(ConsoleTest, ASecretIsNotEchoedAndAnAccountIs) {
    for (const Echo echo : {Echo::off, Echo::on}) {
        Console console(gate_, gate_, stop_);
        std::thread person([this] {
            EXPECT_NE(shown_until("PIN: ").find("PIN: "), std::string::npos);
            type("1234\n");
        });
        const auto answer = console.ask("PIN: ", echo);
        person.join();
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->view(), "1234");
        EXPECT_EQ(shown_until("\n").find("1234") != std::string::npos, echo == Echo::on);
    }
}

TEST_F(ConsoleTest, WhatWasTypedBeforeTheQuestionDoesNotCount) {
    Console console(gate_, gate_, stop_);
    type("9999\n");
    pollfd arrived{gate_, POLLIN, 0};  // the kernel hands it over when it has time
    ASSERT_EQ(poll(&arrived, 1, 10'000), 1);
    std::thread person([this] {
        EXPECT_NE(shown_until("PIN: ").find("PIN: "), std::string::npos);
        type("1234\n");
    });
    const auto answer = console.ask("PIN: ", Echo::off);
    person.join();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->view(), "1234");
}

TEST_F(ConsoleTest, NothingTypedIsNoAnswer) {
    Console console(gate_, gate_, stop_);
    std::thread person([this] {
        EXPECT_NE(shown_until("PIN: ").find("PIN: "), std::string::npos);
        type("\n");
    });
    const auto answer = console.ask("PIN: ", Echo::off);
    person.join();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::cancelled);
}

TEST_F(ConsoleTest, NoKeySendsASignal) {
    termios before{}, now{};
    ASSERT_EQ(tcgetattr(gate_, &before), 0);
    {
        Console console(gate_, gate_, stop_);
        ASSERT_EQ(tcgetattr(gate_, &now), 0);
        EXPECT_EQ(now.c_lflag & static_cast<tcflag_t>(ISIG | ECHO), 0U);
    }
    ASSERT_EQ(tcgetattr(gate_, &now), 0);
    EXPECT_EQ(now.c_lflag, before.c_lflag);
}

TEST_F(ConsoleTest, TimeToGoEndsAQuestionAndAWait) {
    Console console(gate_, gate_, stop_);
    EXPECT_EQ(console.wait(Millis{1}, Rescue::not_yet), Pause::over);
    ASSERT_EQ(eventfd_write(stop_, 1), 0);
    EXPECT_EQ(console.wait(std::chrono::hours{1}, Rescue::not_yet), Pause::stopped);
    type("\n");
    EXPECT_EQ(console.wait(std::chrono::hours{1}, Rescue::offered), Pause::stopped);
    const auto answer = console.ask("PIN: ", Echo::off);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::cancelled);
}

TEST_F(ConsoleTest, AKeyEndsAWaitWhereTheCodeIsOffered) {
    Console console(gate_, gate_, stop_);
    type("\n");
    EXPECT_EQ(console.wait(Millis{1}, Rescue::not_yet), Pause::over);
    EXPECT_EQ(console.wait(std::chrono::hours{1}, Rescue::offered), Pause::key);
}

TEST_F(ConsoleTest, AKeyFromBeforeTheOfferIsNoAnswerToIt) {
    Console console(gate_, gate_, stop_);
    type("\n");
    pollfd arrived{gate_, POLLIN, 0};
    ASSERT_EQ(poll(&arrived, 1, 10'000), 1);
    console.forget_keys();
    EXPECT_EQ(console.wait(Millis{1}, Rescue::offered), Pause::over);
}

TEST_F(ConsoleTest, AQuestionThatNobodyAnswersEnds) {
    Console console(gate_, gate_, stop_);
    const auto answer = console.ask("Rescue code: ", Echo::off, Millis{1});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::timeout);
}

TEST(Japanese, OnlyWhereItCanBeRead) {
    EXPECT_TRUE(shows_japanese("xterm-256color", "ja_JP.UTF-8"));
    EXPECT_TRUE(shows_japanese("fbterm", "ja_JP.utf8"));
    for (const char* term : {"linux", "vt220", "vt102", "dumb", ""})
        EXPECT_FALSE(shows_japanese(term, "ja_JP.UTF-8")) << term;
    for (const char* locale : {"", "C", "en_US.UTF-8", "ja_JP.eucJP", "ja"})
        EXPECT_FALSE(shows_japanese("xterm", locale)) << locale;
}

}  // namespace
}  // namespace sekimori::gate
