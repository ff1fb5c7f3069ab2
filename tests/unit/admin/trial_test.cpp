// SPDX-License-Identifier: Apache-2.0
#include "admin/trial.hpp"

#include <gtest/gtest.h>

#include "tests/unit/admin/fake_broker.hpp"

namespace sekimori::admin::test {
namespace {

constexpr const char* kReady = R"({"readers":[{"name":"r"}],"scanners":[{"driver":"d"}]})";
constexpr const char* kNobody =
    R"({"items":[{"what":"login","result":"success"},{"what":"elevate","result":"success"}]})";
constexpr const char* kSomebody = R"({"items":[{"what":"session.open","result":"success"}]})";

// A machine whose states follow from the steps, as the script's do.
class FakeEnforcer final : public Enforcer {
  public:
    std::vector<std::string> steps;
    std::string failing;
    State now{State::off};

    Outcome<void> run(const std::string& step) override {
        steps.push_back(step);
        if (step == failing) return refuse("refused", "no");
        now = step == "trial" ? State::trial : step == "confirm" ? State::on : State::off;
        return {};
    }
    State state() const override { return now; }
    std::optional<std::string> trial_since() const override {
        return now == State::trial ? std::optional<std::string>("2026-04-01T00:00:00.000Z") : std::nullopt;
    }
};

class Trial : public testing::Test {
  protected:
    Outcome<Exit> run(std::vector<Outcome<std::string>> answers) {
        broker.answers = std::move(answers);
        Session session(broker, interrupt, {-1, out, out});
        return run_trial(session, enforcer, Json{{"schema", 1}});
    }
    Outcome<Exit> check(std::vector<Outcome<std::string>> answers) {
        broker.answers = std::move(answers);
        Session session(broker, interrupt, {-1, out, out});
        return check_trial(session, enforcer);
    }
    void TearDown() override { std::fclose(out); }

    using Steps = std::vector<std::string>;
    FakeBroker broker;
    FakeEnforcer enforcer;
    Pipe pipe;
    Interrupt interrupt{UniqueFd(dup(pipe.read_end.get()))};
    std::FILE* out{std::tmpfile()};
};

// It is made once and kept by nobody: who switches over in one go has to see it as well.
TEST_F(Trial, TheRescueCodeIsShownWithIt) {
    broker.answers = {kReady, kSomebody};
    Session session(broker, interrupt, {-1, out, out});
    ASSERT_TRUE(run_trial(session, enforcer, Json{{"schema", 1}, {"rescue_code", "abcd-efgh"}}));
    std::rewind(out);
    std::string shown(4096, '\0');
    shown.resize(std::fread(shown.data(), 1, shown.size(), out));
    EXPECT_NE(shown.find("abcd-efgh"), std::string::npos) << shown;
}

TEST_F(Trial, KeptWhenSomebodyGotIn) {
    const auto end = run({kReady, kNobody, kSomebody});
    ASSERT_TRUE(end);
    EXPECT_EQ(*end, Exit::done);
    EXPECT_EQ(enforcer.steps, (Steps{"trial", "confirm"}));
    // Only what happened since is looked at.
    EXPECT_EQ(broker.calls.back().arguments["since"], "2026-04-01T00:00:00.000Z");
}

TEST_F(Trial, NotBegunWhereNobodyCouldLogIn) {
    for (const char* status : {R"({"readers":[],"scanners":[{}]})", R"({"readers":[{}],"scanners":[]})", "{}"}) {
        const auto end = run({status});
        ASSERT_FALSE(end) << status;
        EXPECT_EQ(end.error().exit, Exit::refused);
        EXPECT_TRUE(enforcer.steps.empty()) << status;
    }
    EXPECT_EQ(run({}).error().exit, Exit::unreachable);
    EXPECT_TRUE(enforcer.steps.empty());
}

TEST_F(Trial, TakenBackWhenThePersonGivesUp) {
    pipe.write("x");
    const auto end = run({kReady, kNobody});
    ASSERT_FALSE(end);
    EXPECT_EQ(enforcer.steps, (Steps{"trial", "off"}));
}

TEST_F(Trial, ABrokerThatIsGoneConfirmsNothing) {
    pipe.write("x");
    EXPECT_FALSE(run({kReady}));
    EXPECT_EQ(enforcer.steps, (Steps{"trial", "off"}));
}

TEST_F(Trial, AStackThatCanNotBeSwitchedEndsIt) {
    enforcer.failing = "trial";
    EXPECT_FALSE(run({kReady, kSomebody}));
    EXPECT_EQ(enforcer.steps, (Steps{"trial"}));
}

TEST_F(Trial, TheTimersQuestion) {
    EXPECT_FALSE(check({kSomebody}));  // no trial
    enforcer.now = Enforcer::State::trial;
    EXPECT_TRUE(check({kSomebody}));
    EXPECT_FALSE(check({kNobody}));
    EXPECT_FALSE(check({R"({"items":[{"what":"session.open","result":"failure"}]})"}));
    EXPECT_FALSE(check({"not JSON"}));
    EXPECT_FALSE(check({}));
}

}  // namespace
}  // namespace sekimori::admin::test
