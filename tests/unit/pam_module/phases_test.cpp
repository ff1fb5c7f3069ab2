// SPDX-License-Identifier: Apache-2.0
// The phases as a host sees them, when broker and person do what they should.
#include <sys/wait.h>

#include "tests/unit/pam_module/pam_test.hpp"

namespace sekimori::test {
namespace {

using wire::PromptStyle;

FakeBroker::Script grants(const std::string& user, std::uint8_t byte = kGrantByte) {
    return [=](Line& line) {
        if (line.open<wire::Begin>()) line.say(granted(user, byte));
    };
}

TEST_F(PamTest, BeginCarriesWhatPamHas) {
    std::optional<wire::Begin> begin;
    broker.expect([&](Line& line) {
        begin = line.open<wire::Begin>();
        line.say(granted("alice"));
    });
    Host host(broker, directory, kModule, "intent=elevate", "alice", "sudo");
    host.set(PAM_TTY, "/dev/tty1");
    host.set(PAM_RHOST, "elsewhere");
    host.set(PAM_RUSER, "bob");
    EXPECT_EQ(host.authenticate(), PAM_SUCCESS);
    broker.finish();
    ASSERT_TRUE(begin);
    EXPECT_EQ(begin->service, "sudo");
    EXPECT_EQ(begin->user, "alice");
    EXPECT_EQ(begin->tty, "/dev/tty1");
    EXPECT_EQ(begin->rhost, "elsewhere");
    EXPECT_EQ(begin->ruser, "bob");
    EXPECT_EQ(begin->intent, wire::Intent::elevate);
    EXPECT_EQ(begin->trial, wire::Trial::no);
}

TEST_F(PamTest, TheDialogueAsAPersonSeesIt) {
    std::optional<wire::Answer> answer;
    broker.expect([&](Line& line) {
        if (!line.open<wire::Begin>()) return;
        line.say(prompt_of(PromptStyle::info, MessageId::tap_card));
        line.say(prompt_of(PromptStyle::echo_off, MessageId::enter_pin, 3));
        answer = line.hear<wire::Answer>();
        line.say(prompt_of(PromptStyle::info, MessageId::place_finger));
        line.say(granted("alice"));
    });
    Host host(broker, directory, kModule, "", "alice");
    host.will_answer("1234");
    EXPECT_EQ(host.authenticate(), PAM_SUCCESS);
    broker.finish();
    EXPECT_EQ(host.shown(), (std::vector<Shown>{{PAM_TEXT_INFO, "Tap or insert your staff card."},
                                                {PAM_TEXT_INFO, "3 tries left on the card."},
                                                {PAM_PROMPT_ECHO_OFF, "PIN: "},
                                                {PAM_TEXT_INFO, "Now place a registered finger."}}));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->serial, 7U);
    EXPECT_EQ(answer->status, wire::AnswerStatus::given);
    EXPECT_EQ(answer->text.view(), "1234");
}

TEST_F(PamTest, InJapanese) {
    broker.expect([&](Line& line) {
        if (!line.open<wire::Begin>()) return;
        line.say(prompt_of(PromptStyle::info, MessageId::tap_card));
        line.say(prompt_of(PromptStyle::echo_off, MessageId::enter_pin));
        (void)line.hear<wire::Answer>();
        line.say(verdict_of(Outcome::denied, MessageId::card_suspended));
    });
    Host host(broker, directory, kModule, "lang=ja", "alice");
    host.will_answer("1234");
    EXPECT_EQ(host.authenticate(), PAM_AUTH_ERR);
    EXPECT_EQ(host.shown(),
              (std::vector<Shown>{{PAM_TEXT_INFO, "職員証をかざしてください。"},
                                  {PAM_PROMPT_ECHO_OFF, "暗証番号: "},
                                  {PAM_ERROR_MSG, "このカードは利用停止中です。情報政策室へ連絡してください。"}}));
}

TEST_F(PamTest, TheCardSaysWhoItIs) {
    broker.expect(grants("alice"));
    Host host(broker, directory, kModule, "", "");
    EXPECT_EQ(host.authenticate(), PAM_SUCCESS);
    EXPECT_EQ(host.user(), "alice");
}

TEST_F(PamTest, OneOfSeveralAccounts) {
    std::optional<wire::Answer> answer;
    broker.expect([&](Line& line) {
        if (!line.open<wire::Begin>()) return;
        auto prompt = prompt_of(PromptStyle::echo_on, MessageId::choose_account);
        prompt.items = {{"alice"}, {"counter1"}};
        line.say(prompt);
        answer = line.hear<wire::Answer>();
        line.say(granted("counter1"));
    });
    Host host(broker, directory, kModule, "", "");
    host.will_answer("9");
    host.will_answer("2");
    EXPECT_EQ(host.authenticate(PAM_SILENT), PAM_SUCCESS);
    broker.finish();
    EXPECT_EQ(host.user(), "counter1");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->text.view(), "counter1");
    ASSERT_EQ(host.shown().size(), 6U);
    EXPECT_EQ(host.shown()[0], (Shown{PAM_TEXT_INFO, "1) alice"}));
    EXPECT_EQ(host.shown()[1], (Shown{PAM_TEXT_INFO, "2) counter1"}));
    EXPECT_EQ(host.shown()[2], (Shown{PAM_PROMPT_ECHO_ON, "Account: "}));
}

// sudo always asks for silence. A finger that nobody was told about must not be armed (CVE-2024-37408).
TEST_F(PamTest, SilenceDoesNotHideWhatIsAskedFor) {
    broker.expect([&](Line& line) {
        if (!line.open<wire::Begin>()) return;
        line.say(prompt_of(PromptStyle::info, MessageId::tap_card));
        line.say(prompt_of(PromptStyle::echo_off, MessageId::enter_pin, 3));
        (void)line.hear<wire::Answer>();
        line.say(verdict_of(Outcome::denied, MessageId::no_match, 4));
    });
    Host host(broker, directory, kModule, "", "alice");
    host.will_answer("1234");
    EXPECT_EQ(host.authenticate(PAM_SILENT), PAM_AUTH_ERR);
    ASSERT_EQ(host.shown().size(), 4U);
    EXPECT_EQ(host.shown()[0], (Shown{PAM_TEXT_INFO, "Tap or insert your staff card."}));
    EXPECT_EQ(host.shown()[2], (Shown{PAM_PROMPT_ECHO_OFF, "PIN: "}));
}

// Where nothing is asked for, the reason of a refusal is all there is to hide.
TEST_F(PamTest, SilenceHidesReasonsInTheOtherPhases) {
    for (const unsigned flags : {0U, PAM_SILENT}) {
        broker.expect([](Line& line) {
            if (line.open<wire::Account>()) line.say(verdict_of(Outcome::denied, MessageId::account_not_allowed));
        });
        Host host(broker, directory, kModule, "", "alice");
        EXPECT_EQ(host.account(flags), PAM_PERM_DENIED);
        EXPECT_EQ(host.shown().size(), flags == 0U ? 1U : 0U);
    }
}

TEST_F(PamTest, AWholeLogin) {
    std::optional<wire::Account> account;
    std::optional<wire::OpenSession> open;
    std::optional<wire::CloseSession> close;
    broker.expect(grants("alice"));
    const auto yes = granted("alice", 0x11);
    broker.expect([&](Line& line) {
        account = line.open<wire::Account>();
        line.say(yes);
    });
    broker.expect([&](Line& line) {
        open = line.open<wire::OpenSession>();
        line.say(yes);
    });
    broker.expect([&](Line& line) {
        close = line.open<wire::CloseSession>();
        line.say(yes);
    });
    Host host(broker, directory, kModule, "", "");
    EXPECT_EQ(host.authenticate(), PAM_SUCCESS);
    EXPECT_EQ(host.account(), PAM_SUCCESS);
    EXPECT_EQ(host.set_credentials(), PAM_SUCCESS);
    EXPECT_EQ(host.open_session(), PAM_SUCCESS);
    EXPECT_EQ(host.close_session(), PAM_SUCCESS);
    EXPECT_EQ(host.set_credentials(PAM_DELETE_CRED), PAM_SUCCESS);
    EXPECT_EQ(host.set_credentials(), PAM_CRED_ERR);
    host.end();
    while (broker.unused() != 0) std::this_thread::yield();
    broker.finish();
    ASSERT_TRUE(account && open && close);
    // The grant of the authentication, and no other that a later verdict brings.
    EXPECT_TRUE(SecureBytes::equal(account->grant.span(), some_grant().span()));
    EXPECT_TRUE(SecureBytes::equal(open->grant.span(), some_grant().span()));
    EXPECT_EQ(account->user, "alice");
    EXPECT_EQ(open->user, "alice");
    EXPECT_EQ(close->user, "alice");
    EXPECT_EQ(close->service, "login");
}

TEST_F(PamTest, ASecondAuthenticationReplacesTheGrant) {
    broker.expect(grants("alice", 0x21));
    broker.expect(grants("alice", 0x22));
    std::optional<wire::Account> account;
    broker.expect([&](Line& line) {
        account = line.open<wire::Account>();
        line.say(verdict_of(Outcome::denied));
    });
    Host host(broker, directory, kModule, "intent=elevate", "alice", "sudo");
    EXPECT_EQ(host.authenticate(), PAM_SUCCESS);
    EXPECT_EQ(host.authenticate(), PAM_SUCCESS);
    EXPECT_EQ(host.account(), PAM_PERM_DENIED);
    broker.finish();
    ASSERT_TRUE(account);
    EXPECT_TRUE(SecureBytes::equal(account->grant.span(), some_grant(0x22).span()));
}

TEST_F(PamTest, AFailedSecondAuthenticationTakesTheGrantAway) {
    broker.expect(grants("alice"));
    broker.expect([](Line& line) {
        if (line.open<wire::Begin>()) line.say(verdict_of(Outcome::denied));
    });
    Host host(broker, directory, kModule, "", "alice");
    EXPECT_EQ(host.authenticate(), PAM_SUCCESS);
    EXPECT_EQ(host.authenticate(), PAM_AUTH_ERR);
    EXPECT_EQ(host.set_credentials(), PAM_CRED_ERR);
}

TEST_F(PamTest, TheSecondSessionOfOneGrantIsTheBrokersToRefuse) {
    broker.expect(grants("alice"));
    for (const Outcome outcome : {Outcome::granted, Outcome::denied}) {
        broker.expect([=](Line& line) {
            const auto open = line.open<wire::OpenSession>();
            EXPECT_TRUE(open && open->grant.size() == 32);
            line.say(outcome == Outcome::granted ? granted("alice") : verdict_of(Outcome::denied));
        });
    }
    Host host(broker, directory, kModule, "", "alice");
    EXPECT_EQ(host.authenticate(), PAM_SUCCESS);
    EXPECT_EQ(host.open_session(), PAM_SUCCESS);
    EXPECT_EQ(host.open_session(), PAM_SESSION_ERR);
}

TEST_F(PamTest, SudoBindsNoSession) {
    broker.expect(grants("alice"));
    bool asked_again = false;
    broker.expect([&](Line& line) {
        asked_again = line.open<wire::Account>().has_value();
        line.say(granted("alice"));
    });
    Host host(broker, directory, kModule, "intent=elevate", "alice", "sudo");
    EXPECT_EQ(host.open_session(), PAM_SESSION_ERR) << "nothing in the handle";
    EXPECT_EQ(host.authenticate(), PAM_SUCCESS);
    EXPECT_EQ(host.open_session(), PAM_SUCCESS);
    EXPECT_EQ(host.close_session(), PAM_SUCCESS);
    broker.finish();
    EXPECT_TRUE(asked_again);
    EXPECT_EQ(broker.unused(), 0U);
}

TEST_F(PamTest, WithoutAuthenticationTheBrokerDecides) {
    const auto account = [](Outcome outcome) {
        return [=](Line& line) {
            const auto question = line.open<wire::Account>();
            EXPECT_TRUE(question && question->grant.empty());
            auto verdict = verdict_of(outcome, MessageId::none);
            verdict.user = "root";
            line.say(verdict);
        };
    };
    broker.expect(account(Outcome::granted));
    broker.expect([](Line& line) {
        const auto question = line.open<wire::OpenSession>();
        EXPECT_TRUE(question && question->grant.empty());
        auto verdict = verdict_of(Outcome::granted, MessageId::none);
        verdict.user = "root";
        line.say(verdict);
    });
    broker.expect(account(Outcome::denied));
    Host host(broker, directory, kModule, "", "root", "cron");
    EXPECT_EQ(host.set_credentials(), PAM_CRED_ERR) << "before the account phase";
    EXPECT_EQ(host.account(), PAM_SUCCESS);
    EXPECT_EQ(host.set_credentials(), PAM_SUCCESS);
    EXPECT_EQ(host.open_session(), PAM_SUCCESS);
    EXPECT_EQ(host.account(), PAM_PERM_DENIED);
    EXPECT_EQ(host.set_credentials(), PAM_CRED_ERR) << "after it was refused";
}

// su by a user: its effective uid is root's, its real one is not.
TEST_F(PamTest, WhatAUserRunsNeedsAGrant) {
    if (geteuid() != 0) GTEST_SKIP() << "only root can have two uids";
    for (const bool authenticates : {false, true}) {
        if (authenticates) {
            broker.expect(grants("root"));
            broker.expect([](Line& line) {
                if (line.open<wire::Account>()) line.say(granted("root"));
            });
        }
        const pid_t child = fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            if (setresuid(65534, 0, 0) != 0) _exit(2);
            Host host(broker, directory, kModule, "intent=elevate", "root", "su");
            if (authenticates && host.authenticate() != PAM_SUCCESS) _exit(3);
            const bool right = authenticates
                                   ? host.account() == PAM_SUCCESS
                                   : host.account() == PAM_PERM_DENIED && host.open_session() == PAM_SESSION_ERR;
            _exit(right ? 0 : 1);
        }
        int status = -1;
        ASSERT_EQ(waitpid(child, &status, 0), child);
        EXPECT_EQ(status, 0) << authenticates;
    }
}

TEST_F(PamTest, AnUnprivilegedCallerGetsNoGrant) {
    broker.expect([](Line& line) {
        if (!line.open<wire::Begin>()) return;
        auto verdict = granted("alice");
        verdict.grant.clear();
        line.say(verdict);
    });
    Host host(broker, directory, kModule, "intent=unlock", "alice", "swaylock");
    EXPECT_EQ(host.authenticate(), PAM_SUCCESS);
    EXPECT_EQ(host.set_credentials(), PAM_CRED_ERR);
}

TEST_F(PamTest, TheTrialDecidesNothing) {
    std::optional<wire::Begin> begin;
    broker.expect([&](Line& line) {
        begin = line.open<wire::Begin>();
        line.say(prompt_of(PromptStyle::info, MessageId::tap_card));
        line.say(granted("alice"));
    });
    Host host(broker, directory, kModule, "observe", "");
    EXPECT_EQ(host.authenticate(), PAM_CRED_INSUFFICIENT);
    EXPECT_EQ(host.user(), "");
    EXPECT_EQ(host.account(), PAM_CRED_INSUFFICIENT);
    EXPECT_EQ(host.set_credentials(), PAM_CRED_INSUFFICIENT);
    EXPECT_EQ(host.open_session(), PAM_CRED_INSUFFICIENT);
    EXPECT_EQ(host.close_session(), PAM_CRED_INSUFFICIENT);
    EXPECT_EQ(host.change_token(), PAM_CRED_INSUFFICIENT);
    broker.finish();
    ASSERT_TRUE(begin);
    EXPECT_EQ(begin->trial, wire::Trial::observe);
}

TEST_F(PamTest, ABadOptionEndsEveryPhase) {
    Host host(broker, directory, kModule, "observe debug", "alice");
    EXPECT_EQ(host.authenticate(), PAM_SERVICE_ERR);
    EXPECT_EQ(host.account(), PAM_SERVICE_ERR);
    EXPECT_EQ(host.set_credentials(), PAM_SERVICE_ERR);
    EXPECT_EQ(host.open_session(), PAM_SERVICE_ERR);
    EXPECT_EQ(host.close_session(), PAM_SERVICE_ERR);
    EXPECT_EQ(host.change_token(), PAM_SERVICE_ERR);
}

TEST_F(PamTest, ThereIsNoPasswordToChange) {
    Host host(broker, directory, kModule, "", "alice");
    EXPECT_EQ(host.change_token(), PAM_AUTHTOK_ERR);
}

}  // namespace
}  // namespace sekimori::test
