// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/reader/device_name.hpp"

#include <gtest/gtest.h>

namespace sekimori::lab {
namespace {

TEST(DeviceName, Path) {
    const auto name = parse_device_name("/dev/null:/tmp/lab/card0.sock").value();
    EXPECT_EQ(std::get<BindPath>(name.listener).path, "/tmp/lab/card0.sock");
    EXPECT_EQ(name.answer_time, kDefaultAnswerTime);
}

TEST(DeviceName, InheritedDescriptorAndTimeout) {
    const auto name = parse_device_name("/dev/null:fd=4:timeout=250").value();
    EXPECT_EQ(std::get<InheritedListener>(name.listener).fd, 4);
    EXPECT_EQ(name.answer_time.count(), 250);
    EXPECT_EQ(std::get<BindPath>(parse_device_name("/dev/null:/a:timeout=9")->listener).path, "/a");
}

TEST(DeviceName, NonsenseIsRefused) {
    for (const char* bad :
         {"", "/dev/null", "/dev/null:", "/dev/null:relative", "/dev/null:fd=", "/dev/null:fd=x", "/dev/null:fd=-1",
          "/dev/null:fd=4x", "/dev/null:fd=4:timeout=0", "/dev/null:fd=4:timeout=", "/dev/null:fd=4:timeout=-5",
          "/dev/null:fd=4:timeout=99999999", "/dev/null:fd=99999999999"}) {
        EXPECT_FALSE(parse_device_name(bad)) << bad;
    }
    EXPECT_FALSE(parse_device_name("/dev/null:/" + std::string(107, 'x')));
}

}  // namespace
}  // namespace sekimori::lab
