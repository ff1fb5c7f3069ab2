// SPDX-License-Identifier: Apache-2.0
#include "daemon/admin/door.hpp"

#include <gtest/gtest.h>

namespace sekimori::daemon {
namespace {

TEST(Door, EachUserHasAFewPlacesAndNobodyTakesAnothers) {
    Door door;
    for (std::size_t i = 0; i < Door::kPlaces; ++i) EXPECT_TRUE(door.enter(1000));
    EXPECT_FALSE(door.enter(1000));
    EXPECT_TRUE(door.enter(1001));
    door.leave(1000);
    EXPECT_TRUE(door.enter(1000));
    EXPECT_FALSE(door.enter(1000));
}

TEST(Door, WhoeverNeverEnteredLeavesNothing) {
    Door door;
    door.leave(1000);
    EXPECT_TRUE(door.enter(1000));
}

}  // namespace
}  // namespace sekimori::daemon
