// SPDX-License-Identifier: Apache-2.0
// The account phase (house.md 6), row by row.
#include "daemon/auth/account.hpp"

#include <gtest/gtest.h>

namespace sekimori::daemon {
namespace {

using P = PersonStanding;
using G = GrantState;

Reason decide(const AccountFacts& facts) { return decide_account(facts, default_policy()); }

AccountFacts with_grant(std::string_view service, Origin origin, P grantee) {
    return {service, G::valid, P::active, grantee, GrantHeld::yes, origin};
}
AccountFacts without_grant(std::string_view service, P person, GrantHeld held = GrantHeld::no) {
    return {service, G::none, person, P::nobody, held, Origin::local};
}

TEST(DecideAccount, AGrantInTheHandleIsCheckedAgain) {
    EXPECT_EQ(decide(with_grant("login", Origin::local, P::active)), Reason::granted);
    EXPECT_EQ(decide(with_grant("login", Origin::local, P::none_active)), Reason::person_suspended);
    EXPECT_EQ(decide(with_grant("login", Origin::local, P::nobody)), Reason::person_suspended);
    EXPECT_EQ(decide(with_grant("login", Origin::remote, P::active)), Reason::remote);
}

// The one person of the grant counts, not a colleague who shares the account.
TEST(DecideAccount, AColleagueDoesNotStandInForTheGrantee) {
    AccountFacts facts = with_grant("login", Origin::local, P::none_active);
    facts.person = P::active;
    EXPECT_EQ(decide(facts), Reason::person_suspended);
}

TEST(DecideAccount, AnInvalidGrantIsWorseThanNone) {
    for (const std::string_view service : {"login", "cron", "systemd-user", "su"}) {
        AccountFacts facts = without_grant(service, P::active, GrantHeld::yes);
        facts.grant = G::invalid;
        EXPECT_EQ(decide(facts), Reason::account_not_allowed) << service;
    }
}

TEST(DecideAccount, AnInteractiveServiceWithoutAGrantIsTheSshKey) {
    for (const std::string_view service : {"sshd", "login", "sudo", "gdm-password", "polkit-1", "unlisted", ""})
        for (const P person : {P::nobody, P::active, P::none_active})
            EXPECT_EQ(decide(without_grant(service, person, GrantHeld::yes)), Reason::account_not_allowed) << service;
}

TEST(DecideAccount, AGreeterOpensAsNobody) {
    for (const std::string_view service :
         {"lightdm-greeter", "gdm-launch-environment", "sddm-greeter", "greetd-greeter"}) {
        EXPECT_EQ(decide(without_grant(service, P::nobody)), Reason::granted) << service;
        for (const P person : {P::active, P::none_active})
            EXPECT_EQ(decide(without_grant(service, person, GrantHeld::yes)), Reason::account_not_allowed) << service;
    }
}

TEST(DecideAccount, TheUserManagerNeedsAGrantOfItsAccount) {
    EXPECT_EQ(decide(without_grant("systemd-user", P::active, GrantHeld::yes)), Reason::granted);
    EXPECT_EQ(decide(without_grant("systemd-user", P::active, GrantHeld::no)), Reason::account_not_allowed);
    EXPECT_EQ(decide(without_grant("systemd-user", P::none_active, GrantHeld::no)), Reason::account_not_allowed);
    EXPECT_EQ(decide(without_grant("systemd-user", P::nobody)), Reason::granted) << "a greeter's account";
}

// It runs inside pam_systemd's open_session, before logind knows the session: origin is not asked.
TEST(DecideAccount, TheUserManagerDoesNotWaitForLogind) {
    AccountFacts facts = without_grant("systemd-user", P::active, GrantHeld::yes);
    facts.origin = Origin::remote;
    EXPECT_EQ(decide(facts), Reason::granted);
}

TEST(DecideAccount, TheShippedListRunsUnlessThePersonIsSuspendedOrGone) {
    for (const std::string_view service : {"cron", "atd", "crond", "runuser", "runuser-l", "su", "su-l"}) {
        EXPECT_EQ(decide(without_grant(service, P::active)), Reason::granted) << service;
        EXPECT_EQ(decide(without_grant(service, P::nobody)), Reason::granted) << service;
        EXPECT_EQ(decide(without_grant(service, P::none_active)), Reason::person_suspended) << service;
    }
}

TEST(DecideAccount, ThePolicyMayShortenTheList) {
    Policy policy = default_policy();
    policy.unattended = {"atd"};
    EXPECT_EQ(decide_account(without_grant("cron", P::active), policy), Reason::account_not_allowed);
    EXPECT_EQ(decide_account(without_grant("atd", P::active), policy), Reason::granted);
    policy.unattended.clear();
    EXPECT_EQ(decide_account(without_grant("atd", P::active), policy), Reason::account_not_allowed);
}

TEST(DecideAccount, NamesAreComparedWhole) {
    for (const std::string_view service : {"cron2", "cro", "CRON", "systemd-user2", "su-"})
        EXPECT_EQ(decide(without_grant(service, P::active, GrantHeld::yes)), Reason::account_not_allowed) << service;
}

}  // namespace
}  // namespace sekimori::daemon
