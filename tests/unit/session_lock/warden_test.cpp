// SPDX-License-Identifier: Apache-2.0
// What lockd does with a session, with and without a broker, against a logind that answers as it is told. The lockers
// are real processes.
#include "session_lock/warden.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/session_lock/fake_logind.hpp"

namespace sekimori::lockd {
namespace {

using namespace std::chrono_literals;
using Told = std::vector<std::string>;

constexpr const char* kLocker = "unit-locker";

// A process of this name, until it is ended.
class Locker {
  public:
    Locker() {
        int ready[2]{};
        EXPECT_EQ(pipe(ready), 0);
        pid_ = fork();
        if (pid_ == 0) {
            (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
            (void)prctl(PR_SET_NAME, kLocker);
            (void)!write(ready[1], "", 1);
            for (;;) pause();
        }
        char byte = 0;
        EXPECT_EQ(read(ready[0], &byte, 1), 1);
        close(ready[0]);
        close(ready[1]);
    }
    ~Locker() { end(); }
    Locker(const Locker&) = delete;
    Locker& operator=(const Locker&) = delete;
    void end() {
        if (pid_ < 0) return;
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }

  private:
    pid_t pid_;
};

class WardenTest : public testing::Test {
  protected:
    WardenTest() {
        warden.use(logind);
        view.id = "7";
        view.path = "/session/7";
        view.uid = geteuid();
        view.type = "x11";
        logind.sessions.push_back(view);
        logind.users.push_back(view.uid);
    }
    template <class T>
    Status ask(const T& message) {
        const auto bytes = wire::encode(message);
        return warden.handle(T::kType, bytes->span());
    }
    void watch(std::uint32_t alone_ms = 100) {
        ASSERT_TRUE(ask(wire::WatchSession{"7", 1000, alone_ms}));
        news.told.clear();
    }
    void set_hint(LockedHint hint) {
        logind.sessions[0].hint = hint;
        warden.changed("/session/7");
    }
    // Runs the loop until something is so.
    template <class Condition>
    bool until(Condition condition, Millis limit = 5s) {
        const Millis end = Loop::now() + limit;
        while (!condition() && Loop::now() < end) (void)sd_event_run(loop.get(), 20'000);
        return condition();
    }
    bool did(const std::string& what) {
        return until([&] { return std::find(logind.acts.begin(), logind.acts.end(), what) != logind.acts.end(); });
    }
    bool heard(const std::string& what) {
        return until([&] { return std::find(news.told.begin(), news.told.end(), what) != news.told.end(); });
    }

    Loop loop{*Loop::make()};
    test::FakeNews news;
    test::FakeLogind logind;
    SessionView view;
    // No counts of the kernel's but where a test makes some.
    std::vector<std::string> cgroups{testing::TempDir() + "no-cgroups"};
    Warden warden{loop, news, {kLocker}, cgroups};
};

TEST_F(WardenTest, SaysWhatItFinds) {
    ASSERT_TRUE(ask(wire::WatchSession{"7", 1000, 1000}));
    ASSERT_TRUE(ask(wire::WatchSession{"8", 1000, 1000}));
    EXPECT_EQ(news.told, (Told{"facts 7", "facts 8 none"}));
    EXPECT_EQ(warden.size(), 1U);
    logind.sessions[0].type = "tty";
    ASSERT_TRUE(ask(wire::WatchSession{"7", 1000, 1000}));
    EXPECT_EQ(news.surface, session::Surface::none) << "a console has nothing that could lock it";
}

TEST_F(WardenTest, AHintAloneIsNoProof) {
    watch();
    set_hint(LockedHint::on);
    EXPECT_TRUE(news.told.empty()) << "anybody in the session can set it";
    Locker locker;
    EXPECT_TRUE(heard("seen 7 hint")) << "the locker came a moment later";
    locker.end();
    EXPECT_TRUE(heard("locker gone 7"));
}

TEST_F(WardenTest, AHintThatGoesIsTold) {
    Locker locker;
    watch();
    set_hint(LockedHint::on);
    set_hint(LockedHint::off);
    EXPECT_EQ(news.told, (Told{"seen 7 hint", "seen 7"}));
}

TEST_F(WardenTest, AGreeterOnTheSeatIsProof) {
    watch();
    logind.class_of_seat = "greeter";
    logind.sessions[0].activity = Activity::inactive;
    warden.changed("/session/7");
    logind.class_of_seat = "user";
    warden.changed("/session/9");  // the other session's change
    EXPECT_EQ(news.told, (Told{"seen 7 seat", "seen 7"}));
}

TEST_F(WardenTest, DoesWhatItIsAsked) {
    watch();
    ASSERT_TRUE(ask(wire::LockSession{"7"}));
    ASSERT_TRUE(ask(wire::EndSession{"7", wire::EndScope::session}));
    EXPECT_EQ(logind.acts, (Told{"lock 7", "terminate 7"}));
    logind.acts.clear();
    ASSERT_TRUE(ask(wire::EndSession{"7", wire::EndScope::user}));
    EXPECT_EQ(logind.acts, (Told{"kill 7", "terminate 7", "terminate user " + std::to_string(view.uid)}));
}

TEST_F(WardenTest, AUsersOtherSessionIsLeftAlone) {
    watch();
    logind.sessions.push_back(view);
    logind.sessions[1].id = "8";
    ASSERT_TRUE(ask(wire::EndSession{"7", wire::EndScope::user}));
    EXPECT_EQ(logind.acts, (Told{"kill 7", "terminate 7"}));
}

TEST_F(WardenTest, GoneIsWhenNoProcessIsLeft) {
    watch();
    logind.sessions.clear();
    warden.removed("7");
    EXPECT_EQ(news.told, (Told{"removed 7 left"}));
    logind.users.clear();
    warden.user_removed(view.uid);
    EXPECT_EQ(news.told.back(), "emptied 7");
    EXPECT_EQ(warden.size(), 0U);
}

TEST_F(WardenTest, ALogindThatDoesNotAnswerHasNotSaidGone) {
    logind.mute = true;
    ASSERT_TRUE(ask(wire::WatchSession{"7", 1000, 1000}));
    EXPECT_TRUE(news.told.empty()) << "the broker would take it for ended, and it is open";
    logind.mute = false;
    EXPECT_TRUE(heard("facts 7"));
    logind.mute = true;
    warden.changed("/session/7");
    warden.changed("");
    EXPECT_EQ(warden.size(), 1U);
    logind.mute = false;
    Locker locker;
    logind.sessions[0].hint = LockedHint::on;
    EXPECT_TRUE(heard("seen 7 hint")) << "asked again without another change";
}

TEST_F(WardenTest, TheKernelsCountIsNotWaitedForLonger) {
    std::string pattern = testing::TempDir() + "cgroups-XXXXXX";
    cgroups[0] = mkdtemp(pattern.data());
    std::ofstream(cgroups[0] + "/cgroup.controllers").close();
    watch();
    logind.sessions.clear();
    warden.removed("7");
    EXPECT_EQ(news.told, (Told{"removed 7 left"}));
    EXPECT_TRUE(heard("emptied 7")) << "logind still has the user";
    EXPECT_EQ(warden.size(), 0U);
    std::filesystem::remove_all(cgroups[0]);
}

TEST_F(WardenTest, WhoComesBackTakesWhatIsLeftOver) {
    watch();
    logind.sessions.clear();
    warden.removed("7");
    logind.sessions.push_back(view);
    logind.sessions[0].id = "8";
    ASSERT_TRUE(ask(wire::EndSession{"7", wire::EndScope::user}));
    EXPECT_TRUE(logind.acts.empty()) << "the new session is nobody's business here";
    EXPECT_EQ(news.told.back(), "emptied 7");
    EXPECT_EQ(warden.size(), 0U);
}

TEST_F(WardenTest, AUserWhoGoesWhileTheyAreAskedAboutIsGone) {
    watch();
    logind.sessions.clear();
    logind.slow = true;
    warden.removed("7");
    warden.user_removed(view.uid);
    EXPECT_TRUE(news.told.empty());
    logind.late.at(0)();
    EXPECT_EQ(news.told, (Told{"removed 7"}));
    EXPECT_EQ(warden.size(), 0U);
}

TEST_F(WardenTest, ABrokerThatStaysAwayLocks) {
    Locker locker;
    watch(100);
    warden.broker_lost();
    EXPECT_TRUE(logind.acts.empty()) << "it may come back";
    ASSERT_TRUE(did("lock 7"));
    set_hint(LockedHint::on);
    EXPECT_FALSE(until([&] { return logind.acts.size() > 1; }, 1500ms)) << "locked is locked";
    locker.end();
    EXPECT_TRUE(did("terminate 7")) << "a crashed locker is an unlocked screen";
}

TEST_F(WardenTest, WithoutALockerItEndsWhenTheBrokerStaysAway) {
    watch(50);
    warden.broker_lost();
    EXPECT_TRUE(did("lock 7"));
    EXPECT_TRUE(did("terminate 7"));
    EXPECT_TRUE(did("terminate user " + std::to_string(view.uid)));
}

TEST_F(WardenTest, ABrokerThatComesBackInTimeTakesOver) {
    watch(300);
    warden.broker_lost();
    ASSERT_TRUE(ask(wire::WatchSession{"7", 1000, 300}));
    EXPECT_FALSE(until([&] { return !logind.acts.empty(); }, 600ms));
}

TEST_F(WardenTest, WhatWasAskedForGoesOnWithoutTheBroker) {
    watch(60000);
    ASSERT_TRUE(ask(wire::LockSession{"7"}));
    warden.broker_lost();
    EXPECT_TRUE(did("terminate 7")) << "the broker died while the session was to be locked, and nothing locked it";
}

TEST_F(WardenTest, AWrongMessageIsRefused) {
    EXPECT_FALSE(warden.handle(wire::MessageType::session_seen, {}));
    const std::uint8_t junk[] = {1, 0, 176, 255};
    EXPECT_FALSE(warden.handle(wire::MessageType::watch_session, junk));
}

TEST(View, WhatProvesALock) {
    SessionView view;
    view.hint = LockedHint::on;
    EXPECT_EQ(shown_by(view, LockerAlive::yes, ""), session::Shown::hint);
    EXPECT_EQ(shown_by(view, LockerAlive::no, "greeter"), session::Shown::nothing) << "it still has the seat";
    view.activity = Activity::inactive;
    EXPECT_EQ(shown_by(view, LockerAlive::no, "greeter"), session::Shown::seat);
    EXPECT_EQ(shown_by(view, LockerAlive::no, "user"), session::Shown::nothing);
    EXPECT_EQ(shown_by(view, LockerAlive::no, ""), session::Shown::nothing);
}

}  // namespace
}  // namespace sekimori::lockd
