// SPDX-License-Identifier: Apache-2.0
// The verdict matrix of the module: every phase that asks the broker, at every step, with every fault. None succeeds,
// none is PAM_IGNORE, and nothing is left in the handle that a later phase could use.
#include <algorithm>

#include "tests/unit/pam_module/faults.hpp"
#include "tests/unit/pam_module/pam_test.hpp"

namespace sekimori::test {
namespace {

enum class Step { before_welcome, after_begin, after_text, at_pin, after_answer };
constexpr std::array kSteps{Step::before_welcome, Step::after_begin, Step::after_text, Step::at_pin,
                            Step::after_answer};
constexpr std::array kStepNames{"before_welcome", "after_begin", "after_text", "at_pin", "after_answer"};
void PrintTo(Step step, std::ostream* out) { *out << kStepNames[static_cast<std::size_t>(step)]; }

// The honest part of the dialogue, up to the step.
bool lead_to(Step step, Line& line) {
    if (!line.hear<wire::Hello>()) return false;
    if (step == Step::before_welcome) return true;
    line.say(wire::Welcome{.version = wire::kProtocolMax});
    if (!line.hear<wire::Begin>()) return false;
    if (step == Step::after_begin) return true;
    line.say(prompt_of(wire::PromptStyle::info, MessageId::tap_card));
    if (step == Step::after_text) return true;
    line.say(prompt_of(wire::PromptStyle::echo_off, MessageId::enter_pin));
    if (step == Step::at_pin) return true;
    return line.hear<wire::Answer>().has_value();
}

const std::string& module_for(Fault fault) { return fault == Fault::silence ? kHastyModule : kModule; }

template <class... Parts>
std::string case_name(const testing::TestParamInfo<std::tuple<Parts...>>& info) {
    std::string name;
    std::apply([&](const auto&... part) { ((name += testing::PrintToString(part) + "_"), ...); }, info.param);
    name.pop_back();
    return name;
}

struct AuthMatrix : PamTest, testing::WithParamInterface<std::tuple<Step, Fault>> {};

TEST_P(AuthMatrix, NoWayIn) {
    const auto [step, fault] = GetParam();
    broker.expect([step = step, fault = fault](Line& line) {
        if (lead_to(step, line)) commit(fault, line, "alice");
    });
    Host host(broker, directory, module_for(fault), "", "alice");
    host.will_answer("1234");
    const bool unavailable = looks_gone(fault) || (fault == Fault::silence && step == Step::before_welcome);
    EXPECT_EQ(host.authenticate(), unavailable ? PAM_AUTHINFO_UNAVAIL : PAM_AUTH_ERR);
    EXPECT_EQ(host.set_credentials(), PAM_CRED_ERR);
    EXPECT_EQ(host.user(), "alice");
    host.end();
    broker.finish();
    EXPECT_EQ(broker.unused(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Every, AuthMatrix, testing::Combine(testing::ValuesIn(kSteps), testing::ValuesIn(kFaults)),
                         [](const auto& one) { return case_name(one); });

enum class Asking { account, open_session, recheck, close_session };
constexpr std::array kAskingNames{"account", "open_session", "recheck", "close_session"};
void PrintTo(Asking asking, std::ostream* out) { *out << kAskingNames[static_cast<std::size_t>(asking)]; }

// The phases with one question, each after a good authentication.
struct QuestionMatrix : PamTest, testing::WithParamInterface<std::tuple<Asking, Step, Fault>> {};

TEST_P(QuestionMatrix, NoWayOn) {
    const auto [asking, step, fault] = GetParam();
    broker.expect([](Line& line) {
        if (line.open<wire::Begin>()) line.say(granted("alice"));
    });
    broker.expect([asking = asking, step = step, fault = fault](Line& line) {
        if (!line.hear<wire::Hello>()) return;
        if (step != Step::before_welcome) {
            line.say(wire::Welcome{.version = wire::kProtocolMax});
            const bool heard = asking == Asking::open_session    ? line.hear<wire::OpenSession>().has_value()
                               : asking == Asking::close_session ? line.hear<wire::CloseSession>().has_value()
                                                                 : line.hear<wire::Account>().has_value();
            EXPECT_TRUE(heard);
        }
        commit(fault, line, "alice");
    });
    Host host(broker, directory, module_for(fault), asking == Asking::recheck ? "intent=elevate" : "", "alice");
    ASSERT_EQ(host.authenticate(), PAM_SUCCESS);
    const bool unavailable = looks_gone(fault) || (fault == Fault::silence && step == Step::before_welcome);
    if (asking == Asking::account)
        EXPECT_EQ(host.account(), unavailable ? PAM_AUTHINFO_UNAVAIL : PAM_PERM_DENIED);
    else
        EXPECT_EQ(asking == Asking::close_session ? host.close_session() : host.open_session(), PAM_SESSION_ERR);
    host.end();
    broker.finish();
    EXPECT_EQ(broker.unused(), 0U);
}

// A grant that a question's answer brings is dropped, whatever its size: its fault is none.
std::vector<Fault> faults_of_a_question() {
    std::vector<Fault> faults(kFaults.begin(), kFaults.end());
    std::erase(faults, Fault::short_grant);
    return faults;
}

INSTANTIATE_TEST_SUITE_P(Every, QuestionMatrix,
                         testing::Combine(testing::Values(Asking::account, Asking::open_session, Asking::recheck,
                                                          Asking::close_session),
                                          testing::Values(Step::before_welcome, Step::after_begin),
                                          testing::ValuesIn(faults_of_a_question())),
                         [](const auto& one) { return case_name(one); });

// Every verdict in every phase: the one that is good, and the others.
struct VerdictMatrix : PamTest, testing::WithParamInterface<Outcome> {};

TEST_P(VerdictMatrix, ByTheTable) {
    const Outcome outcome = GetParam();
    const auto answer = [outcome](Line& line) {
        auto verdict = granted("alice");
        verdict.outcome = outcome;
        line.say(verdict);
    };
    broker.expect([=](Line& line) {
        if (line.open<wire::Begin>()) answer(line);
    });
    broker.expect([=](Line& line) {
        if (line.open<wire::Account>()) answer(line);
    });
    broker.expect([=](Line& line) {
        if (line.open<wire::OpenSession>()) answer(line);
    });
    struct Row {
        int authenticate, account, open_session, set_credentials;
    };
    const Row row = outcome == Outcome::granted      ? Row{PAM_SUCCESS, PAM_SUCCESS, PAM_SUCCESS, PAM_SUCCESS}
                    : outcome == Outcome::locked_out ? Row{PAM_MAXTRIES, PAM_PERM_DENIED, PAM_SESSION_ERR, PAM_CRED_ERR}
                    : outcome == Outcome::unavailable
                        ? Row{PAM_AUTHINFO_UNAVAIL, PAM_AUTHINFO_UNAVAIL, PAM_SESSION_ERR, PAM_CRED_ERR}
                    : outcome == Outcome::no_person
                        ? Row{PAM_USER_UNKNOWN, PAM_PERM_DENIED, PAM_SESSION_ERR, PAM_CRED_ERR}
                        : Row{PAM_AUTH_ERR, PAM_PERM_DENIED, PAM_SESSION_ERR, PAM_CRED_ERR};
    Host host(broker, directory, kModule, "", "alice");
    EXPECT_EQ(host.authenticate(), row.authenticate);
    EXPECT_EQ(host.account(), row.account);
    EXPECT_EQ(host.open_session(), row.open_session);
    EXPECT_EQ(host.set_credentials(), row.set_credentials);
}

INSTANTIATE_TEST_SUITE_P(Every, VerdictMatrix,
                         testing::Values(Outcome::denied, Outcome::granted, Outcome::locked_out, Outcome::unavailable,
                                         Outcome::no_person));

TEST_F(PamTest, TheTrialEndsByItself) {
    broker.expect([](Line& line) {
        if (line.open<wire::Begin>()) line.wait_for_end();
    });
    Host host(broker, directory, kHastyModule, "observe", "alice");
    EXPECT_EQ(host.authenticate(), PAM_CRED_INSUFFICIENT);
}

TEST_F(PamTest, ABrokerThatTalksForEver) {
    broker.expect([](Line& line) {
        if (!line.open<wire::Begin>()) return;
        for (int i = 0; i < 300; ++i) {
            line.say(prompt_of(wire::PromptStyle::echo_off, MessageId::enter_pin));
            if (!line.hear<wire::Answer>()) return;
        }
        line.say(granted("alice"));
    });
    Host host(broker, directory, kModule, "", "alice");
    for (int i = 0; i < 300; ++i) host.will_answer("1234");
    EXPECT_EQ(host.authenticate(), PAM_AUTH_ERR);
}

TEST_F(PamTest, AWelcomeOfAnotherProtocol) {
    for (const std::uint16_t version : std::array<std::uint16_t, 3>{0, 2, 0xffff}) {
        broker.expect([=](Line& line) {
            if (!line.hear<wire::Hello>()) return;
            line.say(wire::Welcome{.version = version});
            line.say(granted("alice"));
            line.wait_for_end();
        });
        Host host(broker, directory, kModule, "", "alice");
        EXPECT_EQ(host.authenticate(), PAM_AUTH_ERR);
    }
}

TEST_F(PamTest, ItemsThatDoNotFit) {
    const std::string too_long(300, 'x');
    for (const int item : {PAM_TTY, PAM_RHOST, PAM_RUSER}) {
        broker.expect([](Line& line) { (void)line.open<wire::Begin>(); });
        Host host(broker, directory, kModule, "", "alice");
        host.set(item, too_long.c_str());
        EXPECT_EQ(host.authenticate(), PAM_AUTH_ERR);
    }
    Host host(broker, directory, kModule, "", "alice");
    host.set(PAM_RUSER, "\xff\xfe");
    EXPECT_EQ(host.authenticate(), PAM_AUTH_ERR);
    EXPECT_EQ(host.account(), PAM_PERM_DENIED);
    EXPECT_EQ(host.open_session(), PAM_SESSION_ERR);
}

TEST_F(PamTest, NobodyHasNoAccountAndNoSession) {
    Host host(broker, directory, kModule, "", "");
    EXPECT_EQ(host.account(), PAM_PERM_DENIED);
    EXPECT_EQ(host.open_session(), PAM_SESSION_ERR);
}

}  // namespace
}  // namespace sekimori::test
