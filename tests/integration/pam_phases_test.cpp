// SPDX-License-Identifier: Apache-2.0
// The phases after an authentication, with the real broker: what a grant opens, for whom, how often and until when.
#include <sys/wait.h>

#include "tests/integration/pam_lab.hpp"

namespace sekimori::test {
namespace {

struct Phases : testing::Test {
    void SetUp() override {
        lab().tidy();
        lab().insert("alice");
    }
    static void authenticate(Host& host) {
        host.on_message([](const Shown& shown) {
            if (shown.text == "Now place a registered finger.") lab().press(kAlicesFinger);
        });
        ASSERT_EQ(host.authenticate(), PAM_SUCCESS);
    }
};

TEST_F(Phases, AWholeLogin) {
    LabHost host("alice");
    authenticate(host);
    EXPECT_EQ(host.account(), PAM_SUCCESS);
    EXPECT_EQ(host.set_credentials(), PAM_SUCCESS);
    EXPECT_EQ(host.open_session(), PAM_SUCCESS);
    EXPECT_EQ(host.close_session(), PAM_SUCCESS);
}

TEST_F(Phases, TheCardSaysWhoItIs) {
    LabHost host("");
    authenticate(host);
    EXPECT_EQ(host.user(), "alice");
    EXPECT_EQ(host.account(), PAM_SUCCESS);
}

TEST_F(Phases, SudoAsksWithTheServiceAndTheRequesterFirst) {
    LabHost host("alice", "sudo");
    host.set(PAM_RUSER, "alice");
    authenticate(host);
    ASSERT_GE(host.shown().size(), 2U);
    EXPECT_EQ(host.shown().front().text, "sudo was asked for by alice.");
    EXPECT_EQ(host.shown().back().text, "Now place a registered finger.");
    EXPECT_EQ(host.account(), PAM_SUCCESS);
    EXPECT_EQ(host.open_session(), PAM_SUCCESS);
    EXPECT_EQ(host.close_session(), PAM_SUCCESS);
}

TEST_F(Phases, NothingWithoutAnAuthentication) {
    for (const char* service : {"login", "sudo", "unlock", "gate"}) {
        LabHost host("alice", service);
        EXPECT_EQ(host.set_credentials(), PAM_CRED_ERR) << service;
        EXPECT_EQ(host.account(), PAM_PERM_DENIED) << service;
        EXPECT_EQ(host.open_session(), PAM_SESSION_ERR) << service;
    }
}

TEST_F(Phases, OneGrantOneSession) {
    LabHost host("alice");
    authenticate(host);
    EXPECT_EQ(host.open_session(), PAM_SUCCESS);
    EXPECT_EQ(host.open_session(), PAM_SESSION_ERR);
}

TEST_F(Phases, AGrantIsForOneAccount) {
    LabHost host("alice");
    authenticate(host);
    host.set(PAM_USER, "bert");
    EXPECT_EQ(host.account(), PAM_PERM_DENIED);
    EXPECT_EQ(host.open_session(), PAM_SESSION_ERR);
    host.set(PAM_USER, "root");
    EXPECT_EQ(host.account(), PAM_PERM_DENIED);
}

TEST_F(Phases, AGrantIsForOneService) {
    LabHost host("alice", "sudo");
    authenticate(host);
    host.set(PAM_SERVICE, "login");
    EXPECT_EQ(host.account(), PAM_PERM_DENIED);
}

TEST_F(Phases, WhoeverIsSuspendedMeanwhileGoesNoFurther) {
    LabHost host("alice");
    authenticate(host);
    lab().suspend("alice");
    EXPECT_EQ(host.account(), PAM_PERM_DENIED);
    EXPECT_EQ(host.open_session(), PAM_SESSION_ERR);
    lab().reinstate("alice");
}

TEST_F(Phases, ABrokerThatComesBackKnowsNoGrant) {
    LabHost host("alice");
    authenticate(host);
    lab().kill_process("broker");
    lab().wait_until_ready();
    EXPECT_EQ(host.account(), PAM_PERM_DENIED);
    EXPECT_EQ(host.open_session(), PAM_SESSION_ERR);
}

TEST_F(Phases, AGrantOfAHostThatForks) {
    LabHost host("alice");
    authenticate(host);
    EXPECT_EQ(host.account(), PAM_SUCCESS);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) _exit(host.open_session() == PAM_SUCCESS ? 0 : 1);
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(host.open_session(), PAM_SESSION_ERR) << "the child has taken it";
}

TEST_F(Phases, RemoteHostsAreRefused) {
    LabHost host("alice");
    host.set(PAM_RHOST, "192.0.2.7");
    EXPECT_EQ(host.authenticate(), PAM_AUTHINFO_UNAVAIL);
}

TEST_F(Phases, NobodyWeKnow) {
    LabHost host("mallory");
    EXPECT_EQ(host.authenticate(), PAM_USER_UNKNOWN);
    EXPECT_EQ(host.account(), PAM_PERM_DENIED);
}

TEST_F(Phases, SomebodyElsesCard) {
    LabHost host("bert");
    EXPECT_EQ(host.authenticate(), PAM_AUTH_ERR);
}

TEST_F(Phases, WithoutABroker) {
    LabHost host("alice");
    authenticate(host);
    lab().pull();
    lab().down();
    EXPECT_EQ(host.account(), PAM_AUTHINFO_UNAVAIL);
    EXPECT_EQ(host.open_session(), PAM_SESSION_ERR);
    EXPECT_EQ(host.close_session(), PAM_SESSION_ERR);
    EXPECT_EQ(host.authenticate(), PAM_AUTHINFO_UNAVAIL);
    EXPECT_EQ(host.set_credentials(), PAM_CRED_ERR);
    lab().up();
}

}  // namespace
}  // namespace sekimori::test
