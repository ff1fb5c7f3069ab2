// SPDX-License-Identifier: Apache-2.0
#include "biometric/dialogue.hpp"

#include <gtest/gtest.h>

#include <deque>

#include "core/build.hpp"
#include "tests/unit/biometric/fake_port.hpp"

namespace sekimori::biometric {
namespace {

using namespace std::chrono_literals;
using wire::FingerFault;

class DialogueTest : public ::testing::Test {
  protected:
    void SetUp() override {
        dialogue.start();
        EXPECT_EQ(take<wire::WorkerHello>().build, kBuild);
        say(wire::WorkerWelcome{});
        EXPECT_EQ(take<wire::Scanners>().scanners.size(), 1U);
    }
    template <class T>
    void say(const T& message) {
        const auto bytes = wire::encode(message);
        ASSERT_TRUE(bytes.has_value());
        dialogue.receive(bytes->span());
    }
    template <class T>
    T take() {
        if (sent.empty()) {
            ADD_FAILURE() << "nothing was said";
            return {};
        }
        auto message = wire::decode<T>(sent.front().span());
        sent.pop_front();
        EXPECT_TRUE(message.has_value());
        return message ? std::move(*message) : T{};
    }
    void ask(wire::Request request, std::uint8_t count = 2) {
        for (std::uint8_t i = 0; i < count; ++i) say(wire::GalleryItem{request, i, SecureBytes(std::size_t{8})});
        say(wire::Verify{request, count, 10'000});
    }
    void arm() {
        port.tell(Opened{});
        port.tell(SurfaceSeen{Surface::empty});
        now = dialogue.still_at().value_or(now);
        dialogue.on_still();
        (void)take<wire::Armed>();
    }
    void put_away() {
        port.tell(ScanEnded{});
        port.tell(Closed{});
    }

    Millis now{77'000};
    std::deque<SecureBytes> sent;
    ErrorCode refusal{};
    bool deaf{false};  // the broker does not read
    FakePort port;
    Dialogue dialogue{port, Dialogue::World{.now = [this] { return now; },
                                            .send = [this](ByteSpan bytes) -> Status {
                                                if (deaf) return fail(ErrorCode::busy, "full");
                                                sent.emplace_back(bytes);
                                                return {};
                                            },
                                            .log = [](const std::string&) {}}};
};

TEST_F(DialogueTest, AVerificationFromTheGalleryToTheVerdict) {
    ask(1);
    EXPECT_EQ(port.selected, 2U);
    EXPECT_EQ(port.orders(), "open");
    arm();
    port.tell(Matched{1});
    EXPECT_EQ(take<wire::FingerMatched>().index, 1);
    EXPECT_EQ(port.orders(), "verify cancel");
    put_away();
    EXPECT_EQ(port.orders(), "close");
    EXPECT_EQ(port.selected, 0U);  // forgotten
    EXPECT_EQ(dialogue.deadline(), std::nullopt);
    EXPECT_TRUE(sent.empty());
}

TEST_F(DialogueTest, AnEnrolment) {
    say(wire::EnrolFinger{1, 30'000});
    EXPECT_EQ(port.orders(), "open");
    arm();
    port.tell(StageAccepted{1, 2});
    EXPECT_EQ(take<wire::EnrolStage>().stage, 1);
    port.tell(Enrolled{port.present[0], SecureBytes(std::size_t{100})});
    const auto done = take<wire::EnrolDone>();
    EXPECT_EQ(done.scanner.driver, "fake");
    EXPECT_EQ(done.data.size(), 100U);
}

TEST_F(DialogueTest, AFollowerWaitsForTheSensorAndAThirdOneIsBusy) {
    ask(1);
    ask(2);
    EXPECT_EQ(take<wire::FingerFailed>().fault, FingerFault::busy);  // 1 is not answered yet
    arm();
    port.tell(NotMatched{});
    (void)take<wire::FingerNoMatch>();
    ask(3);
    ask(4);
    const auto busy = take<wire::FingerFailed>();
    EXPECT_EQ(busy.request, 4U);
    EXPECT_EQ(busy.fault, FingerFault::busy);
    EXPECT_EQ(port.orders(), "open verify cancel");
    put_away();
    EXPECT_EQ(port.orders(), "close open");
    arm();
    port.tell(Matched{0});
    EXPECT_EQ(take<wire::FingerMatched>().request, 3U);
}

TEST_F(DialogueTest, AStopReachesWhateverItNames) {
    ask(1);
    arm();
    say(wire::Stop{9});
    EXPECT_EQ(port.orders(), "open verify");
    say(wire::Stop{1});
    EXPECT_EQ(port.orders(), "cancel");
    ask(2);  // waits
    say(wire::Stop{2});
    port.tell(Matched{0});  // too late
    put_away();
    EXPECT_EQ(port.orders(), "close");
    say(wire::GalleryItem{3, 0, SecureBytes(std::size_t{8})});
    say(wire::Stop{3});
    say(wire::Verify{3, 0, 1000});
    EXPECT_TRUE(sent.empty());
    EXPECT_EQ(dialogue.fate(), Fate::running);
}

TEST_F(DialogueTest, WithoutASensorOrATemplateThatFitsNothingIsOpened) {
    port.selectable = false;
    ask(1);
    EXPECT_EQ(take<wire::FingerFailed>().fault, FingerFault::bad_template);
    port.present.clear();
    port.plug();
    EXPECT_TRUE(take<wire::Scanners>().scanners.empty());
    ask(2);
    EXPECT_EQ(take<wire::FingerFailed>().fault, FingerFault::no_scanner);
    EXPECT_EQ(port.orders(), "");
}

TEST_F(DialogueTest, RetireAndTheBrokersEndWaitForTheSensorToBeOff) {
    ask(1);
    arm();
    say(wire::Retire{});
    EXPECT_EQ(port.orders(), "open verify cancel");
    EXPECT_EQ(dialogue.fate(), Fate::running);
    put_away();
    EXPECT_EQ(dialogue.fate(), Fate::retired);
    EXPECT_TRUE(sent.empty());
}

TEST_F(DialogueTest, TheBrokerIsGone) {
    dialogue.broker_gone();
    EXPECT_EQ(dialogue.fate(), Fate::retired);
}

TEST_F(DialogueTest, ABrokerThatDoesNotReadIsGone) {
    ask(1);
    port.tell(Opened{});
    port.tell(SurfaceSeen{Surface::empty});
    now = *dialogue.still_at();
    deaf = true;
    dialogue.on_still();
    EXPECT_EQ(port.orders(), "open verify cancel");
    put_away();
    EXPECT_EQ(dialogue.fate(), Fate::retired);
}

TEST_F(DialogueTest, ALostSensorEndsTheProcess) {
    ask(1);
    arm();
    port.tell(ScanEnded{FingerFault::gone});
    EXPECT_EQ(take<wire::FingerFailed>().fault, FingerFault::gone);
    port.tell(Closed{});
    EXPECT_EQ(dialogue.fate(), Fate::sensor_lost);
}

TEST_F(DialogueTest, ASensorThatDoesNotAnswerEndsTheProcess) {
    ask(1);
    now = *dialogue.deadline();
    dialogue.on_deadline();
    EXPECT_EQ(take<wire::FingerFailed>().fault, FingerFault::internal);
    EXPECT_EQ(dialogue.fate(), Fate::stuck);
}

TEST_F(DialogueTest, WhatMustNotBeSaid) {
    const auto violates = [](const std::function<void(Dialogue&)>& speak) {
        FakePort quiet;
        Dialogue fresh(quiet, {.now = [] { return Millis{1}; },
                               .send = [](ByteSpan) -> Status { return {}; },
                               .log = [](const std::string&) {}});
        fresh.start();
        speak(fresh);
        return fresh.fate() == Fate::violated;
    };
    const auto send = [](Dialogue& to, const auto& message) {
        const auto bytes = wire::encode(message);
        to.receive(bytes->span());
    };
    const auto item = [](wire::Request request, std::uint8_t index) {
        return wire::GalleryItem{request, index, SecureBytes(std::size_t{4})};
    };
    using D = Dialogue&;
    EXPECT_TRUE(violates([&](D to) { send(to, wire::Retire{}); })) << "before the welcome";
    EXPECT_TRUE(violates([&](D to) { send(to, wire::Verify{1, 0, 0}); })) << "before the welcome";
    EXPECT_FALSE(violates([&](D to) { send(to, wire::WorkerWelcome{}); }));
    const auto welcomed = [&](const std::function<void(Dialogue&)>& then) {
        return violates([&](D to) {
            send(to, wire::WorkerWelcome{});
            then(to);
        });
    };
    EXPECT_TRUE(welcomed([&](D to) { send(to, wire::WorkerWelcome{}); })) << "twice";
    EXPECT_TRUE(welcomed([&](D to) { send(to, wire::Armed{1}); })) << "our own words";
    EXPECT_TRUE(welcomed([&](D to) { send(to, item(1, 1)); })) << "a gallery without a beginning";
    EXPECT_TRUE(welcomed([&](D to) {
        send(to, item(1, 0));
        send(to, item(2, 1));
    })) << "two galleries in one";
    EXPECT_TRUE(welcomed([&](D to) {
        send(to, item(1, 0));
        send(to, wire::Verify{2, 1, 1000});
    })) << "somebody else's gallery";
    EXPECT_TRUE(welcomed([&](D to) { send(to, wire::Verify{1, 1, 1000}); })) << "no gallery";
    EXPECT_TRUE(welcomed([&](D to) {
        for (std::uint8_t i = 0; i <= wire::kMaxGallery; ++i) send(to, item(1, i));
    })) << "eleven fingers";
    EXPECT_TRUE(welcomed([&](D to) { to.receive(std::array<std::uint8_t, 2>{1, 0}); })) << "no header";
    EXPECT_TRUE(welcomed([&](D to) {
        to.receive(std::array<std::uint8_t, 3>{1, 0, 147});
    })) << "Stop without a request";
    EXPECT_TRUE(welcomed([&](D to) { to.receive(std::array<std::uint8_t, 3>{1, 0xff, 0xff}); })) << "unknown";
}

}  // namespace
}  // namespace sekimori::biometric
