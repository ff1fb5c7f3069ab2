// SPDX-License-Identifier: Apache-2.0
// A lab of the real broker and workers gets ready, and ready again whatever is killed.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "tests/lab/launcher/ready.hpp"
#include "tests/lab/unique_fd.hpp"
#include "tests/unit/lab/launcher_lab.hpp"

namespace sekimori::lab::launcher {
namespace {

using namespace std::chrono_literals;

// Asks the lab's broker, as `up` does.
Status ready(const TestLab& lab) {
    std::array<int, 2> ends{};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), 0);
    const UniqueFd ours(ends[0]);
    const UniqueFd theirs(ends[1]);
    return wait_ready(*Layout::at(lab.folder()), ours.get(), 30s);
}

class LauncherReal : public ::testing::Test {
  protected:
    TestLab lab_{TestLab::Programs::real};
};

TEST_F(LauncherReal, GetsReadyAndKeepsItsLedger) {
    const Outcome up = lab_.up();
    ASSERT_EQ(up.code, 0) << up.output;
    EXPECT_EQ(lab_.down().code, 0);
    const Outcome again = lab_.up();
    EXPECT_EQ(again.code, 0) << again.output;
}

TEST_F(LauncherReal, IsReadyAgainWhateverIsKilled) {
    ASSERT_EQ(lab_.up().code, 0);
    for (const char* name : {"broker", "card", "finger", "pcscd", "dbus"}) {
        const pid_t before = lab_.pids().at(name);
        kill(before, SIGKILL);
        EXPECT_TRUE(eventually([&] {
            const auto pids = lab_.pids();
            return pids.contains(name) && pids.at(name) != before;
        })) << name;
        const Status outcome = ready(lab_);
        EXPECT_TRUE(outcome) << name << ": " << outcome.error().message;
    }
}

TEST_F(LauncherReal, ServesAnyOtherUid) {
    if (geteuid() != 0) {
        GTEST_SKIP() << "only root can become somebody else";
    }
    lab_.give_to(65534);
    const Outcome up = lab_.up();
    EXPECT_EQ(up.code, 0) << up.output;
}

TEST_F(LauncherReal, ServesThreeAccounts) {
    if (geteuid() != 0) {
        GTEST_SKIP() << "only root can become somebody else";
    }
    std::filesystem::permissions(std::filesystem::path(lab_.folder()).parent_path(), std::filesystem::perms(0755));
    const Outcome up = lab_.up("--users games:daemon:bin");
    EXPECT_EQ(up.code, 0) << up.output;
}

}  // namespace
}  // namespace sekimori::lab::launcher
