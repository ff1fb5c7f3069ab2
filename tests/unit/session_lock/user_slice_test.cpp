// SPDX-License-Identifier: Apache-2.0
// When a user's slice is empty, with files in the place of the kernel's.
#include "session_lock/user_slice.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace sekimori::lockd {
namespace {

using namespace std::chrono_literals;

class UserSliceTest : public testing::Test {
  protected:
    UserSliceTest() {
        std::string pattern = testing::TempDir() + "slices-XXXXXX";
        root = mkdtemp(pattern.data());
        roots = {root + "/none", root};
        std::ofstream(root + "/cgroup.controllers").close();
        slice = root + "/user.slice/user-1000.slice";
    }
    ~UserSliceTest() override { std::filesystem::remove_all(root); }
    UserSliceTest(const UserSliceTest&) = delete;
    UserSliceTest& operator=(const UserSliceTest&) = delete;

    void count(const std::string& text) const {
        std::filesystem::create_directories(slice);
        std::ofstream(slice + "/cgroup.events") << text;
    }
    bool empties(Millis limit) {
        const Millis end = Loop::now() + limit;
        while (calls == 0 && Loop::now() < end) (void)sd_event_run(loop.get(), 20'000);
        return calls == 1;
    }

    Loop loop{*Loop::make()};
    std::string root, slice;
    std::vector<std::string> roots;
    int calls{0};
    UserSlice users{loop, roots};
};

TEST_F(UserSliceTest, ASliceThatIsNotThereIsEmpty) {
    users.when_empty(1000, [this] { ++calls; });
    EXPECT_EQ(calls, 0) << "not before the loop runs";
    EXPECT_TRUE(empties(5s));
}

TEST_F(UserSliceTest, TheLastProcessIsWaitedForAndToldOnce) {
    count("populated 1\nfrozen 0\n");
    users.when_empty(1000, [this] { ++calls; });
    EXPECT_FALSE(empties(200ms));
    count("populated 1\nfrozen 1\n");
    EXPECT_FALSE(empties(200ms));
    count("populated 0\nfrozen 0\n");
    EXPECT_TRUE(empties(5s));
    count("populated 0\n");
    (void)sd_event_run(loop.get(), 50'000);
    EXPECT_EQ(calls, 1);
}

// As with the kernel's: a slice is taken away right after its last change, and the watched file's end is not told. A
// second name keeps the file alive here.
TEST_F(UserSliceTest, ASliceThatIsTakenAwayWithoutAWordIsEmpty) {
    count("populated 1\nfrozen 0\n");
    std::filesystem::create_hard_link(slice + "/cgroup.events", root + "/kept");
    users.when_empty(1000, [this] { ++calls; });
    EXPECT_FALSE(empties(100ms));
    std::filesystem::remove_all(slice);
    EXPECT_TRUE(empties(5s));
}

TEST_F(UserSliceTest, WhatCanNotBeUnderstoodIsNotEmpty) {
    for (const char* text : {"", "populated", "populated 01", "frozen 0\n", "populated\n2\n"}) {
        count(text);
        users.when_empty(1000, [this] { ++calls; });
        EXPECT_FALSE(empties(100ms)) << text;
    }
}

TEST_F(UserSliceTest, WithoutTheKernelsCountNothingIsSaid) {
    std::filesystem::remove(root + "/cgroup.controllers");
    users.when_empty(1000, [this] { ++calls; });
    EXPECT_FALSE(empties(200ms));
}

}  // namespace
}  // namespace sekimori::lockd
