// SPDX-License-Identifier: Apache-2.0
// Processes: telling them apart, recording, starting, registering, and when to stop trying.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <sstream>

#include "tests/lab/launcher/records.hpp"
#include "tests/lab/launcher/registry.hpp"
#include "tests/lab/launcher/restart_budget.hpp"
#include "tests/lab/launcher/spawn.hpp"
#include "tests/unit/lab/finger_folder.hpp"

namespace sekimori::lab::launcher {
namespace {

using namespace std::chrono_literals;

// A child that waits to be ended; reaped by its owner.
class Sleeper {
  public:
    enum class Manner { obedient, stubborn };

    explicit Sleeper(Manner manner = Manner::obedient) {
        std::array<int, 2> ready{};
        EXPECT_EQ(pipe2(ready.data(), O_CLOEXEC), 0);
        pid_ = fork();
        if (pid_ == 0) {
            if (manner == Manner::stubborn) {
                signal(SIGTERM, SIG_IGN);
            }
            [[maybe_unused]] const ssize_t written = write(ready[1], "", 1);
            while (true) {
                pause();
            }
        }
        char byte = 0;
        EXPECT_EQ(read(ready[0], &byte, 1), 1);
        close(ready[0]);
        close(ready[1]);
    }
    ~Sleeper() {
        if (pid_ > 0) {
            kill(pid_, SIGKILL);
            waitpid(pid_, nullptr, 0);
        }
    }
    Sleeper(const Sleeper&) = delete;
    Sleeper& operator=(const Sleeper&) = delete;
    pid_t pid() const { return pid_; }
    int reap() {
        int status = 0;
        waitpid(std::exchange(pid_, -1), &status, 0);
        return status;
    }

  private:
    pid_t pid_ = -1;
};

TEST(LauncherProcess, IsKnownByNumberAndStart) {
    const auto self = find_process(getpid());
    ASSERT_TRUE(self);
    EXPECT_TRUE(is_alive(*self));
    EXPECT_FALSE(is_alive({self->pid, self->start + 1}));
    EXPECT_FALSE(find_process(-1));
    EXPECT_FALSE(find_process(0));
}

TEST(LauncherProcess, EndsByTermOrByKill) {
    Sleeper obedient;
    end_process(*find_process(obedient.pid()), 5s);
    EXPECT_EQ(WTERMSIG(obedient.reap()), SIGTERM);
    Sleeper stubborn(Sleeper::Manner::stubborn);
    end_process(*find_process(stubborn.pid()), 20ms);
    EXPECT_EQ(WTERMSIG(stubborn.reap()), SIGKILL);
}

TEST(LauncherProcess, ALaterProcessOfTheSameNumberIsLeftAlone) {
    const Sleeper sleeper;
    const auto process = find_process(sleeper.pid());
    ASSERT_TRUE(process);
    end_process({process->pid, process->start + 1}, 1s);
    EXPECT_TRUE(is_alive(*process));
}

TEST(LauncherProcess, AZombieIsNoProcess) {
    Sleeper sleeper;
    const auto process = find_process(sleeper.pid());
    ASSERT_TRUE(process);
    kill(sleeper.pid(), SIGKILL);
    siginfo_t info{};
    waitid(P_PID, static_cast<id_t>(sleeper.pid()), &info, WEXITED | WNOWAIT);
    EXPECT_FALSE(is_alive(*process));
    end_process(*process, 1s);  // returns at once
}

class LauncherRecords : public ::testing::Test {
  protected:
    void write(const std::string& text) const { std::ofstream(layout_.processes()) << text; }

    TemporaryFolder folder_;
    Layout layout_ = *Layout::at(folder_.path().string());
};

TEST_F(LauncherRecords, ComeBackAndAreListed) {
    const std::vector<NamedProcess> processes{{"supervisor", {10, 20}}, {"broker", {30, 40}}};
    ASSERT_TRUE(write_records(layout_, processes));
    EXPECT_EQ(read_records(layout_), processes);
    std::ostringstream pids;
    pids << std::ifstream(layout_.pids()).rdbuf();
    EXPECT_EQ(pids.str(), "supervisor 10\nbroker 30\n");
    remove_records(layout_);
    EXPECT_TRUE(read_records(layout_).empty());
    EXPECT_FALSE(std::filesystem::exists(layout_.pids()));
}

TEST_F(LauncherRecords, AreIgnoredIfMalformed) {
    for (const char* text : {"", "broker", "broker x 1\n", "broker 12\n", "broker 12 x\n"}) {
        write(text);
        EXPECT_TRUE(read_records(layout_).empty()) << text;
    }
}

TEST_F(LauncherRecords, AreIgnoredIfNotOurOwn) {
    if (geteuid() == 0) {
        write("broker 1 1\n");
        ASSERT_EQ(chown(layout_.processes().c_str(), 65534, 65534), 0);
        EXPECT_TRUE(read_records(layout_).empty());
        unlink(layout_.processes().c_str());
    }
    std::ofstream(layout_.below("elsewhere")) << "broker 1 1\n";
    ASSERT_EQ(symlink("elsewhere", layout_.processes().c_str()), 0);
    EXPECT_TRUE(read_records(layout_).empty());
}

TEST_F(LauncherRecords, WhatTheyNameIsEnded) {
    Sleeper sleeper;
    Sleeper spared;
    auto other = *find_process(spared.pid());
    other.start += 1;
    ASSERT_TRUE(write_records(layout_, {{"card", *find_process(sleeper.pid())}, {"finger", other}}));
    end_recorded(layout_);
    EXPECT_EQ(WTERMSIG(sleeper.reap()), SIGTERM);
    EXPECT_TRUE(find_process(spared.pid()));
}

TEST_F(LauncherRecords, OneLockAFolder) {
    auto first = take_lock(layout_);
    ASSERT_TRUE(first);
    const auto second = take_lock(layout_);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::busy);
    first->reset();
    EXPECT_TRUE(take_lock(layout_));
}

TEST_F(LauncherRecords, AFileIsReplacedWhole) {
    const std::string path = layout_.below("file");
    ASSERT_TRUE(replace_file(path, "one", 0640));
    ASSERT_TRUE(replace_file(path, "two", 0600));
    std::string text;
    std::ifstream(path) >> text;
    EXPECT_EQ(text, "two");
    EXPECT_FALSE(replace_file(layout_.below("missing/file"), "x", 0600));
}

using End = RestartBudget::End;
using Answer = RestartBudget::Answer;
constexpr RestartBudget::Clock::time_point begin{};

TEST(LauncherRestartBudget, GivesUpAfterTwentyFailuresInTenSeconds) {
    RestartBudget budget;
    for (std::size_t i = 0; i < RestartBudget::max_failures; ++i) {
        EXPECT_EQ(budget.died(End::failed, begin, begin), Answer::after_pause);
    }
    EXPECT_EQ(budget.died(End::failed, begin, begin + 9s), Answer::give_up);
    EXPECT_EQ(budget.died(End::in_order, begin, begin + 9s), Answer::at_once);
    EXPECT_EQ(budget.died(End::failed, begin, begin + 10s), Answer::at_once);
}

TEST(LauncherRestartBudget, WhatIsKilledComesBackForEver) {
    RestartBudget budget;
    for (int i = 0; i < 1000; ++i) {
        EXPECT_EQ(budget.died(End::in_order, begin, begin), Answer::after_pause);
    }
}

TEST(LauncherRestartBudget, OnlyTheYoungWait) {
    RestartBudget budget;
    EXPECT_EQ(budget.died(End::failed, begin, begin + 999ms), Answer::after_pause);
    EXPECT_EQ(budget.died(End::failed, begin, begin + 1s), Answer::at_once);
}

std::string datagram(const UniqueFd& fd) {
    std::array<char, 64> bytes{};
    const ssize_t got = recv(fd.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    return got > 0 ? std::string(bytes.data(), static_cast<std::size_t>(got)) : std::string();
}

TEST(LauncherRegistry, TellsEveryBrokerEveryWorker) {
    WorkerRegistry registry;
    registry.add("card", 11);
    const auto first = registry.connect_broker();
    ASSERT_TRUE(first);
    registry.add("finger", 22);
    EXPECT_EQ(datagram(*first), "card 11");
    EXPECT_EQ(datagram(*first), "finger 22");
    EXPECT_EQ(datagram(*first), "");

    registry.remove("card");
    registry.add("finger", 33);
    const auto second = registry.connect_broker();
    ASSERT_TRUE(second);
    EXPECT_EQ(datagram(*second), "finger 33");
    EXPECT_EQ(datagram(*second), "");
}

TEST(LauncherRegistry, ABrokerThatIsGoneOrDeafDoesNoHarm) {
    WorkerRegistry registry;
    { const auto gone = registry.connect_broker(); }
    registry.add("card", 1);
    const auto deaf = registry.connect_broker();
    for (int i = 0; i < 5000; ++i) {
        registry.add("card", i);
    }
    EXPECT_EQ(datagram(*deaf), "card 1");
}

class LauncherSpawn : public LauncherRecords {
  protected:
    ChildSpec shell(const std::string& script) const {
        ChildSpec spec;
        spec.command = {"/bin/sh", "-c", script};
        spec.environment = {"PATH=/usr/bin:/bin", "SHOWN=yes"};
        spec.log = layout_.below("log");
        return spec;
    }
    std::string log() const {
        std::ostringstream out;
        out << std::ifstream(layout_.below("log")).rdbuf();
        return out.str();
    }
    static int finish(HeldChild& child) {
        child.release();
        int status = 0;
        waitpid(child.pid(), &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
};

TEST_F(LauncherSpawn, AChildHasItsEnvironmentAndItsDescriptorsOnly) {
    setenv("HIDDEN", "yes", 1);
    const UniqueFd leaked(open("/dev/null", O_RDONLY));
    const UniqueFd passed(open("/dev/zero", O_RDONLY));
    ChildSpec spec = shell(
        "echo ${SHOWN:-} ${HIDDEN:-}; for fd in 0 1 2 3 4 5 6 7 8 9; do test -e /proc/$$/fd/$fd && echo $fd; done; "
        "readlink /proc/$$/fd/3");
    spec.descriptors = {passed.get()};
    auto child = spawn(spec);
    ASSERT_TRUE(child);
    EXPECT_EQ(finish(*child), 0);
    EXPECT_EQ(log(), "yes\n0\n1\n2\n3\n/dev/zero\n");
}

TEST_F(LauncherSpawn, ActivatedSocketsAreAnnounced) {
    const UniqueFd one(open("/dev/zero", O_RDONLY));
    const UniqueFd two(open("/dev/null", O_RDONLY));
    ChildSpec spec = shell("test $LISTEN_PID = $$ && echo $LISTEN_FDS");
    spec.descriptors = {two.get(), one.get()};
    spec.activated = 1;
    auto child = spawn(spec);
    ASSERT_TRUE(child);
    EXPECT_EQ(finish(*child), 0);
    EXPECT_EQ(log(), "1\n");
}

TEST_F(LauncherSpawn, AHeldChildDoesNotRun) {
    auto child = spawn(shell("echo ran"));
    ASSERT_TRUE(child);
    EXPECT_TRUE(find_process(child->pid()));
    const pid_t pid = child->pid();
    { const HeldChild dropped = std::move(*child); }
    int status = 0;
    waitpid(pid, &status, 0);
    EXPECT_EQ(WEXITSTATUS(status), 127);
    EXPECT_EQ(log(), "");
}

TEST_F(LauncherSpawn, AMissingProgramSaysSoInItsLog) {
    ChildSpec spec = shell("");
    spec.command = {"/no/such/program"};
    auto child = spawn(spec);
    ASSERT_TRUE(child);
    EXPECT_EQ(finish(*child), 127);
    EXPECT_NE(log().find("/no/such/program"), std::string::npos);
}

TEST_F(LauncherSpawn, AnAccountIsTakenOnWhole) {
    if (geteuid() != 0) {
        GTEST_SKIP() << "only root can become somebody else";
    }
    const Account nobody{65534, 65534};
    ChildSpec spec = shell("id -u; id -G");
    spec.account = &nobody;
    auto child = spawn(spec);
    ASSERT_TRUE(child);
    EXPECT_EQ(finish(*child), 0);
    EXPECT_EQ(log(), "65534\n65534\n");
}

}  // namespace
}  // namespace sekimori::lab::launcher
