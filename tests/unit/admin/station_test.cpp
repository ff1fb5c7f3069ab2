// SPDX-License-Identifier: Apache-2.0
// The enrolment station at its terminal: one person after the other, what is skipped, and what is asked of whom.
#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include "tests/unit/admin/fake_broker.hpp"

namespace sekimori::admin {
namespace {

using test::FakeBroker;
using test::run;

const std::string kQueue = R"({"schema":1,"sensor":"uru4000","items":[
    {"login":"a","name":"A","staff_number":"1","section":"S","card":true,"fingers_needed":0,"unusable":false,
     "fingers":[]},
    {"login":"b","name":"B","staff_number":"2","section":"S","card":false,"fingers_needed":1,"unusable":true,
     "fingers":["right-index-finger"]},
    {"login":"c","name":"C","staff_number":"3","section":"T","card":true,"fingers_needed":2,"unusable":false,
     "fingers":[]}]})";

class AtTheStation : public ::testing::Test {
  protected:
    void SetUp() override {
        int keyboard_fd = -1;
        int terminal_fd = -1;
        ASSERT_EQ(openpty(&keyboard_fd, &terminal_fd, nullptr, nullptr, nullptr), 0);
        keyboard.reset(keyboard_fd);
        terminal.reset(terminal_fd);
        broker.answers = {kQueue};
        broker.lab = Mode::production;
        broker.dialogue = [this](Channel& end) {
            const std::string& verb = broker.calls.back().verb;
            if (verb == "enrol.station")
                ASSERT_TRUE(end.send(wire::Progress{wire::ProgressEvent::ready, 0, 0, MessageId::none}));
            else if (verb == fails)
                ASSERT_TRUE(end.send(test::failed(R"({"code":"card_timeout","message":"no card","hint":""})")));
            else
                ASSERT_TRUE(end.send(test::done(R"({"schema":1})")));
        };
    }
    test::Run serve(const std::string& typed, std::vector<std::string> line = {"enrol", "station"}) {
        EXPECT_EQ(write(keyboard.get(), typed.data(), typed.size()), static_cast<ssize_t>(typed.size()));
        return run(broker, line, terminal.get());
    }
    std::vector<std::string> verbs() const {
        std::vector<std::string> names;
        for (const auto& call : broker.calls) names.push_back(call.verb);
        return names;
    }
    using Verbs = std::vector<std::string>;
    UniqueFd keyboard, terminal;
    FakeBroker broker;
    std::string fails;
};

TEST_F(AtTheStation, EverybodyGetsWhatTheyLack) {
    const auto result = serve("\n\ny\ns\n");
    EXPECT_EQ(result.exit, Exit::done) << result.err;
    EXPECT_EQ(verbs(), (Verbs{"enrol.queue", "enrol.station", "card.enrol", "finger.enrol"}));
    EXPECT_EQ(broker.calls[2].arguments["login"], "a");
    EXPECT_EQ(broker.calls[3].arguments["finger"], "right-index-finger") << "the one that does not fit is taken anew";
    EXPECT_EQ(broker.calls[3].arguments["accept_notice"], true);
    EXPECT_NE(result.err.find("Purpose of use"), std::string::npos);
    EXPECT_NE(result.out.find("[3/3] C"), std::string::npos) << result.out;
    EXPECT_NE(result.out.find("2 done, 1 skipped, 1 left"), std::string::npos) << result.out;
}

TEST_F(AtTheStation, WithoutTheNoticeNoFinger) {
    const auto result = serve("s\n\nn\nq\n");
    EXPECT_EQ(verbs(), (Verbs{"enrol.queue", "enrol.station"}));
    EXPECT_NE(result.out.find("0 done, 2 skipped, 3 left"), std::string::npos) << result.out;
}

TEST_F(AtTheStation, WhatFailsIsTriedAgainOrSkipped) {
    fails = "card.enrol";
    const auto result = serve("\n\ns\nq\n");
    EXPECT_EQ(verbs(), (Verbs{"enrol.queue", "enrol.station", "card.enrol", "card.enrol"}));
    EXPECT_NE(result.err.find("no card"), std::string::npos);
    EXPECT_NE(result.out.find("0 done, 1 skipped, 3 left"), std::string::npos) << result.out;
}

TEST_F(AtTheStation, AListNeedsNobody) {
    const auto result = run(broker, {"enrol", "station", "--list"});
    EXPECT_EQ(result.exit, Exit::done);
    EXPECT_NE(
        result.out.find("3 people lack something; 1 have fingers, but none for this terminal's sensor (uru4000)."),
        std::string::npos)
        << result.out;
    broker.answers = {kQueue};
    EXPECT_EQ(run(broker, {"enrol", "station"}).exit, Exit::usage);
    EXPECT_EQ(verbs(), (Verbs{"enrol.queue", "enrol.queue"}));
}

}  // namespace
}  // namespace sekimori::admin
