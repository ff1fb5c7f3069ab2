// SPDX-License-Identifier: Apache-2.0
// The table of origins (house.md 6) is closed: every row, and what no row names.
#include "daemon/auth/origin.hpp"

#include <gtest/gtest.h>

namespace sekimori::daemon {
namespace {

constexpr auto kHere = SessionFacts::Place::local;
constexpr auto kAway = SessionFacts::Place::remote;
constexpr auto kActive = SessionFacts::Activity::active;
constexpr auto kIdle = SessionFacts::Activity::inactive;

SessionFacts session(SessionFacts::Place place, SessionFacts::Activity activity, std::string seat = "seat0") {
    const auto attendance = seat.empty() ? SessionFacts::Attendance::line : SessionFacts::Attendance::seat;
    return {"1", 1000, std::move(seat), place, activity, attendance};
}

OriginFacts facts(uid_t uid, std::string unit) {
    OriginFacts facts;
    facts.uid = uid;
    facts.unit = std::move(unit);
    facts.logind = Logind::present;
    return facts;
}
OriginFacts in_session(SessionFacts of) {
    OriginFacts made = facts(of.uid, "session-1.scope");
    made.session = std::move(of);
    return made;
}
OriginFacts under_manager(std::vector<SessionFacts> of_uid, uid_t peer = 1000) {
    OriginFacts made = facts(peer, "user@1000.service");
    made.of_uid = std::move(of_uid);
    return made;
}

TEST(JudgeOrigin, ASessionSpeaksForItself) {
    EXPECT_EQ(judge_origin(in_session(session(kHere, kActive))), Origin::local);
    EXPECT_EQ(judge_origin(in_session(session(kHere, kActive, ""))), Origin::local) << "a serial line has no seat";
    EXPECT_EQ(judge_origin(in_session(session(kAway, kActive))), Origin::remote);
}

TEST(JudgeOrigin, ARemoteSessionIsNotSavedByItsUnitOrUid) {
    OriginFacts root = in_session(session(kAway, kActive));
    root.uid = 0;
    root.unit = "getty@tty1.service";
    root.of_uid = {session(kHere, kActive)};
    EXPECT_EQ(judge_origin(root), Origin::remote);
}

// A colleague's desktop in the background would take the card that was put in for the one in front.
TEST(JudgeOrigin, ASessionInTheBackgroundOfItsSeatIsNotAsked) {
    EXPECT_EQ(judge_origin(in_session(session(kHere, kIdle))), Origin::remote);
    EXPECT_EQ(judge_origin(in_session(session(kHere, kIdle, ""))), Origin::local) << "a line has no front";
}

// cron, at, and desktops over the network that do not say so.
TEST(JudgeOrigin, ASessionBeforeWhichNobodyCouldSitIsRemote) {
    SessionFacts nobody = session(kHere, kActive, "");
    nobody.attendance = SessionFacts::Attendance::nobody;
    EXPECT_EQ(judge_origin(in_session(nobody)), Origin::remote);
    EXPECT_EQ(judge_origin(in_session({})), Origin::remote);
}

// sudo in a desktop's terminal: the peer is root, the place is the user's.
TEST(JudgeOrigin, RootUnderAUserManagerIsWhereThatUserIs) {
    EXPECT_EQ(judge_origin(under_manager({session(kHere, kActive)}, 0)), Origin::local);
    EXPECT_EQ(judge_origin(under_manager({session(kAway, kActive)}, 0)), Origin::remote);
    EXPECT_EQ(judge_origin(under_manager({}, 0)), Origin::remote);
}

TEST(ManagerOf, IsNamedByTheUnitAlone) {
    EXPECT_EQ(manager_of("user@1000.service"), uid_t{1000});
    EXPECT_EQ(manager_of("user@0.service"), uid_t{0});
    for (const char* unit :
         {"", "user@.service", "user@x.service", "user@1000", "user@1000.service.x", "user@-1.service",
          "user@1000x.service", "user@99999999999.service", "xuser@1000.service", "user@ 1.service"})
        EXPECT_FALSE(manager_of(unit)) << unit;
}

TEST(JudgeOrigin, UnderTheUserManagerAllSessionsCount) {
    EXPECT_EQ(judge_origin(under_manager({session(kHere, kActive)})), Origin::local);
    EXPECT_EQ(judge_origin(under_manager({session(kHere, kIdle), session(kHere, kActive)})), Origin::local);
    EXPECT_EQ(judge_origin(under_manager({session(kHere, kActive), session(kAway, kActive)})), Origin::remote);
    EXPECT_EQ(judge_origin(under_manager({session(kHere, kActive), session(kHere, kIdle, "")})), Origin::remote);
    EXPECT_EQ(judge_origin(under_manager({session(kHere, kIdle)})), Origin::remote) << "nobody is active";
    EXPECT_EQ(judge_origin(under_manager({})), Origin::remote) << "lingering without a session";
}

TEST(JudgeOrigin, TheUserManagersRuleHoldsInTheLabToo) {
    OriginFacts lab = under_manager({session(kAway, kActive)});
    lab.lab = LabMode::on;
    EXPECT_EQ(judge_origin(lab), Origin::remote);
}

TEST(JudgeOrigin, RootInASystemUnitGoesByTheUnit) {
    EXPECT_EQ(judge_origin(facts(0, "getty@tty1.service")), Origin::local);
    EXPECT_EQ(judge_origin(facts(0, "gdm.service")), Origin::local);
    EXPECT_EQ(judge_origin(facts(0, "sekimori-gate.service")), Origin::local);
    EXPECT_EQ(judge_origin(facts(0, "ssh.service")), Origin::remote);
    EXPECT_EQ(judge_origin(facts(0, "cron.service")), Origin::remote);
    EXPECT_EQ(judge_origin(facts(0, "")), Origin::remote);
}

TEST(JudgeOrigin, SomebodyElseInASystemUnitIsRemote) {
    EXPECT_EQ(judge_origin(facts(1000, "getty@tty1.service")), Origin::remote);
    EXPECT_EQ(judge_origin(facts(1000, "")), Origin::remote);
}

TEST(JudgeOrigin, AClaimOfPamOnlyMakesItWorse) {
    OriginFacts here = in_session(session(kHere, kActive));
    here.rhost = "10.0.0.1";
    EXPECT_EQ(judge_origin(here), Origin::remote);
    here.rhost = "localhost";
    EXPECT_EQ(judge_origin(here), Origin::local);
    OriginFacts away = in_session(session(kAway, kActive));
    away.rhost = "localhost";
    EXPECT_EQ(judge_origin(away), Origin::remote);
    OriginFacts lab;
    lab.lab = LabMode::on;
    lab.rhost = "10.0.0.1";
    EXPECT_EQ(judge_origin(lab), Origin::remote);
}

TEST(JudgeOrigin, WithoutLogindOnlyTheLabIsLocal) {
    OriginFacts none = facts(0, "getty@tty1.service");
    none.logind = Logind::absent;
    EXPECT_EQ(judge_origin(none), Origin::remote);
    none.lab = LabMode::on;
    EXPECT_EQ(judge_origin(none), Origin::local);
}

TEST(JudgeOrigin, NothingKnownIsRemote) {
    EXPECT_EQ(judge_origin({}), Origin::remote);
    EXPECT_EQ(judge_origin(facts(0, "run-u1.service")), Origin::remote);
    OriginFacts lab = facts(1000, "run-u1.service");
    lab.lab = LabMode::on;
    EXPECT_EQ(judge_origin(lab), Origin::local);
}

TEST(LocalUnit, IsListed) {
    for (const char* unit :
         {"getty@tty1.service", "serial-getty@ttyS0.service", "autovt@tty3.service", "container-getty@1.service",
          "console-getty.service", "display-manager.service", "gdm.service", "gdm3.service", "lightdm.service",
          "sddm.service", "lxdm.service", "xdm.service", "greetd.service", "sekimori-gate.service"})
        EXPECT_TRUE(is_local_unit(unit)) << unit;
    for (const char* unit : {"", "ssh.service", "sshd.service", "ssh@1-10.0.0.1:22-10.0.0.2:5.service", "cron.service",
                             "atd.service", "user@1000.service", "session-1.scope", "xgdm.service", "gdm.service.x",
                             "gdm", "getty", "mygetty@tty1.service", "telnet@1.service"})
        EXPECT_FALSE(is_local_unit(unit)) << unit;
}

TEST(LocalHost, IsListed) {
    for (const char* host : {"", "localhost", "127.0.0.1", "::1"}) EXPECT_TRUE(is_local_host(host)) << host;
    for (const char* host : {"localhost.example.org", "127.0.0.2", "10.0.0.1", "::", "LOCALHOST", " "})
        EXPECT_FALSE(is_local_host(host)) << host;
}

}  // namespace
}  // namespace sekimori::daemon
