// SPDX-License-Identifier: Apache-2.0
// The shipped fingers before the real libfprint: each accepts its own presses and nobody else's.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <string>

#include "tests/unit/lab/finger_folder.hpp"

namespace {

// libfprint and GLib keep what they load once; that is no leak of ours.
constexpr const char* environment = "env ASAN_OPTIONS=detect_leaks=0 ";

int screen(const sekimori::lab::TemporaryFolder& folder, const std::string& arguments) {
    const std::string command = environment + std::string(SCREEN_PROGRAM " --folder ") + folder.path().string() + " ";
    const int status = std::system((command + arguments).c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(FingerScreening, FixturesAcceptTheirOwnAndRejectEachOther) {
    const sekimori::lab::TemporaryFolder folder;
    EXPECT_EQ(screen(folder, "--presses 2"), 0);
}

TEST(FingerScreening, TheJudgeDoesFindLookAlikes) {
    const sekimori::lab::TemporaryFolder folder;
    EXPECT_EQ(screen(folder, "--seeds 1 2 1 --presses 1"), 1);
}

}  // namespace
