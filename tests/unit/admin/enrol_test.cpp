// SPDX-License-Identifier: Apache-2.0
// Enrolment of a finger: its lines, its notice, its cancelling.
#include <gtest/gtest.h>

#include "tests/unit/admin/fake_broker.hpp"

namespace sekimori::admin {
namespace {

using test::FakeBroker;
using test::run;
using wire::Progress;
using wire::ProgressEvent;

const std::vector<std::string> kLine{"enrol", "finger", "a", "--finger", "right-index-finger"};

void two_stages(Channel& end) {
    ASSERT_TRUE(end.send(Progress{ProgressEvent::ready, 0, 2, MessageId::none}));
    ASSERT_TRUE(end.send(Progress{ProgressEvent::stage, 1, 2, MessageId::none}));
    ASSERT_TRUE(end.send(Progress{ProgressEvent::retry, 1, 2, MessageId::retry_center}));
    ASSERT_TRUE(end.send(Progress{ProgressEvent::stage, 2, 2, MessageId::none}));
    ASSERT_TRUE(end.send(Progress{ProgressEvent::done, 2, 2, MessageId::none}));
}

TEST(EnrolFinger, ALineAStage) {
    FakeBroker broker;
    broker.dialogue = [](Channel& end) {
        two_stages(end);
        ASSERT_TRUE(end.send(test::done(R"({"schema":1,"id":"f"})")));
    };
    const auto human = run(broker, kLine);
    EXPECT_EQ(human.exit, Exit::done);
    EXPECT_EQ(human.out, "ready\nstage 1/2\nretry: Place the middle of the finger on the sensor.\nstage 2/2\ndone\n");
    auto line = kLine;
    line.emplace_back("--json");
    const auto json = run(broker, line);
    EXPECT_EQ(json.out,
              "{\"event\":\"ready\",\"hint\":\"\",\"stage\":0,\"stages\":2}\n"
              "{\"event\":\"stage\",\"hint\":\"\",\"stage\":1,\"stages\":2}\n"
              "{\"event\":\"retry\",\"hint\":\"center\",\"stage\":1,\"stages\":2}\n"
              "{\"event\":\"stage\",\"hint\":\"\",\"stage\":2,\"stages\":2}\n"
              "{\"event\":\"done\",\"hint\":\"\",\"stage\":2,\"stages\":2}\n");
}

// The last stage is not the end: what cannot be stored is not done.
TEST(EnrolFinger, DoneIsSaidOnlyWhenItIsStored) {
    FakeBroker broker;
    broker.dialogue = [](Channel& end) {
        two_stages(end);
        ASSERT_TRUE(end.send(test::failed(R"({"code":"full","message":"No space.","hint":""})")));
    };
    const auto result = run(broker, kLine);
    EXPECT_EQ(result.exit, Exit::refused);
    EXPECT_EQ(result.out.find("done"), std::string::npos);
    auto line = kLine;
    line.emplace_back("--json");
    const auto json = run(broker, line);
    EXPECT_NE(json.out.find("{\"error\":{\"code\":\"full\""), std::string::npos) << json.out;
}

TEST(EnrolFinger, ABrokerThatDiesIsThree) {
    FakeBroker broker;
    broker.dialogue = [](Channel& end) {
        ASSERT_TRUE(end.send(Progress{ProgressEvent::ready, 0, 5, MessageId::none}));
        end = Channel();
    };
    const auto result = run(broker, kLine);
    EXPECT_EQ(result.exit, Exit::unreachable);
    EXPECT_EQ(result.out, "ready\n");
}

TEST(EnrolFinger, ASignalClosesTheDialogue) {
    FakeBroker broker;
    test::Pipe signals;
    signals.write("x");
    EXPECT_EQ(run(broker, kLine, -1, &signals).exit, Exit::refused);
    const auto rest = broker.broker_end.receive(Millis{1000});
    ASSERT_FALSE(rest);
    EXPECT_EQ(rest.error().code, ErrorCode::gone);
}

// Outside the lab the person must be told, and without a terminal nobody can be asked whether they were.
TEST(EnrolFinger, WithoutTheNoticeNothingBegins) {
    FakeBroker broker;
    broker.lab = Mode::production;
    EXPECT_EQ(run(broker, kLine).exit, Exit::usage);
    EXPECT_TRUE(broker.calls.empty());
    broker.lab = unreachable();
    EXPECT_EQ(run(broker, kLine).exit, Exit::unreachable);
}

TEST(EnrolFinger, AnAcceptedNoticeIsPassedOn) {
    FakeBroker broker;
    broker.lab = Mode::production;
    broker.dialogue = [](Channel& end) { ASSERT_TRUE(end.send(test::done(R"({"schema":1})"))); };
    auto line = kLine;
    line.emplace_back("--accept-notice");
    EXPECT_EQ(run(broker, line).exit, Exit::done);
    EXPECT_EQ(broker.calls.at(0).arguments.at("accept_notice"), true);
}

}  // namespace
}  // namespace sekimori::admin
