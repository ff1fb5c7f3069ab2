// SPDX-License-Identifier: Apache-2.0
// Files of the authority's and the agent's, which more than one of their processes may write.
#include "fleet/io/files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "tests/temporary_folder.hpp"

namespace sekimori::fleet {
namespace {

std::vector<std::uint8_t> filled(std::uint8_t with) { return std::vector<std::uint8_t>(2000, with); }

// `admit --wait` and another command both kept ca.pem up to date, and one of them ended with "No such file".
TEST(Files, TwoThatWriteTheSameOneBothSucceedAndItIsWholeAllTheTime) {
    const test::TemporaryFolder folder;
    const std::string path = folder.path() + "/ca.pem";
    ASSERT_TRUE(write_file(path, filled(0)));
    std::array<Status, 2> outcomes;
    std::vector<std::jthread> writers;
    for (std::uint8_t number = 0; number < 2; ++number)
        writers.emplace_back([&, number] {
            for (int round = 0; round < 200 && outcomes[number]; ++round)
                outcomes[number] = write_file(path, filled(number));
        });
    for (int look = 0; look < 200; ++look) {
        const auto content = read_file(path, 4096);
        ASSERT_TRUE(content) << content.error().message;
        ASSERT_EQ(content->size(), 2000U);
        const auto span = content->span();
        ASSERT_TRUE(std::ranges::all_of(span, [&](std::uint8_t byte) { return byte == span.front(); }));
    }
    writers.clear();
    for (const Status& outcome : outcomes) EXPECT_TRUE(outcome) << outcome.error().message;
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1) << "nothing is left beside it";
}

// What lies there already, of a crash or of somebody else's making, lends the new file nothing.
TEST(Files, WhatLiesBesideItIsOursAloneOrNothingIsWritten) {
    const test::TemporaryFolder folder;
    const std::string path = folder.path() + "/identity";
    const std::string beside = path + ".new";
    const auto mode_of = [](const std::string& name) {
        struct stat info {};
        EXPECT_EQ(lstat(name.c_str(), &info), 0);
        return info.st_mode & 07777;
    };
    std::ofstream(beside) << "of a crash";
    ASSERT_EQ(chmod(beside.c_str(), 0666), 0);
    ASSERT_TRUE(write_file(path, filled(1)));
    EXPECT_EQ(mode_of(path), 0600U);

    const std::string elsewhere = folder.path() + "/elsewhere";
    std::ofstream(elsewhere) << "another file";
    std::filesystem::create_hard_link(elsewhere, beside);
    EXPECT_EQ(write_file(path, filled(2)).error().code, ErrorCode::refused) << "it would have a second name";
    EXPECT_EQ(read_file(elsewhere, 4096)->size(), 12U) << "and what has that name would be gone";
    ASSERT_EQ(unlink(beside.c_str()), 0);

    std::filesystem::create_symlink(elsewhere, beside);
    EXPECT_FALSE(write_file(path, filled(2)));
    ASSERT_EQ(unlink(beside.c_str()), 0);
    ASSERT_EQ(mkfifo(beside.c_str(), 0600), 0);
    EXPECT_FALSE(write_file(path, filled(2))) << "nor does it wait for somebody to read";
    ASSERT_EQ(unlink(beside.c_str()), 0);

    if (geteuid() == 0) {
        std::ofstream(beside) << "somebody else's";
        ASSERT_EQ(chown(beside.c_str(), 65534, 65534), 0);
        EXPECT_EQ(write_file(path, filled(2)).error().code, ErrorCode::refused);
        ASSERT_EQ(unlink(beside.c_str()), 0);
    }
    EXPECT_EQ(read_file(path, 4096)->span()[0], 1);
    EXPECT_EQ(read_file(elsewhere, 4096)->size(), 12U);
}

}  // namespace
}  // namespace sekimori::fleet
