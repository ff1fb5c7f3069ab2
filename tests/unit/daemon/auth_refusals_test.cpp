// SPDX-License-Identifier: Apache-2.0
// What costs nothing to ask is written down up to a rate, and nothing is left out without a word.
#include "daemon/auth/refusals.hpp"

#include "tests/unit/daemon/store_fixture.hpp"

namespace sekimori::daemon {
namespace {

TEST(BudgetTest, ComesBackWithTime) {
    Budget budget(2, Millis{100});
    Millis now{1'000'000};
    EXPECT_TRUE(budget.take(now));
    EXPECT_TRUE(budget.take(now));
    EXPECT_FALSE(budget.take(now));
    EXPECT_FALSE(budget.take(now + Millis{99}));
    EXPECT_TRUE(budget.take(now + Millis{100}));
    EXPECT_FALSE(budget.take(now + Millis{199}));
    now += std::chrono::hours{1};
    EXPECT_TRUE(budget.take(now));
    EXPECT_TRUE(budget.take(now));
    EXPECT_FALSE(budget.take(now)) << "no more than it holds, however long it rested";
}

class RefusalsTest : public StoreTest {
  protected:
    void SetUp() override { open(); }
    void refuse() {
        AuditEvent event;
        event.what = "login";
        event.reason = "remote";
        refusals.append(*store, event, now);
    }
    std::vector<AuditRow> trail() { return *store->audit({}); }
    Refusals refusals;
    Millis now{clock.at.boottime};
};

TEST_F(RefusalsTest, AreWrittenDown) {
    refuse();
    EXPECT_EQ(trail().back().event.reason, "remote");
    EXPECT_FALSE(trail().back().event.success);
}

TEST_F(RefusalsTest, AFloodIsCountedAndTold) {
    const std::size_t before = trail().size();
    for (std::uint32_t i = 0; i < Refusals::kMost + 1000; ++i) refuse();
    EXPECT_EQ(trail().size() - before, Refusals::kMost);
    now += 2 * Refusals::kEach;
    refuse();
    const auto rows = trail();
    ASSERT_EQ(rows.size() - before, Refusals::kMost + 2);
    EXPECT_EQ(rows[rows.size() - 2].event.what, "refusals");
    EXPECT_EQ(rows[rows.size() - 2].event.reason, "left_out:1000");
    EXPECT_EQ(rows.back().event.reason, "remote");
}

// One place comes back at a time: the count takes it, and what asked is counted anew.
TEST_F(RefusalsTest, NothingIsLeftOutOfTheCount) {
    for (std::uint32_t i = 0; i < Refusals::kMost + 5; ++i) refuse();
    now += Refusals::kEach;
    refuse();
    EXPECT_EQ(trail().back().event.reason, "left_out:5");
    now += 2 * Refusals::kEach;
    refuse();
    const auto rows = trail();
    EXPECT_EQ(rows[rows.size() - 2].event.reason, "left_out:1");
    EXPECT_EQ(rows.back().event.reason, "remote");
}

}  // namespace
}  // namespace sekimori::daemon
