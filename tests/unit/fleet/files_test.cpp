// SPDX-License-Identifier: Apache-2.0
// Files of the authority's and the agent's, which more than one of their processes may write.
#include "fleet/io/files.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
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

}  // namespace
}  // namespace sekimori::fleet
