// SPDX-License-Identifier: Apache-2.0
// The use of the rescue code is in the trail: whether the broker saw it happen or finds it later, and once.
#include "daemon/rescue/rescue_watch.hpp"

#include <glib.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "core/event_kind.hpp"
#include "tests/unit/daemon/store_fixture.hpp"

namespace sekimori::daemon {
namespace {

namespace fs = std::filesystem;

class RescueWatchTest : public StoreTest {
  protected:
    void SetUp() override { open(); }
    void make_code() { std::ofstream(shelf_.path() + "/code") << "x"; }
    void use_code() { fs::rename(shelf_.path() + "/code", shelf_.path() + "/used"); }
    std::size_t written() {
        const auto rows = store->audit({});
        return static_cast<std::size_t>(std::count_if(rows->begin(), rows->end(), [](const AuditRow& row) {
            return kind_of_event(row.event.what) == EventKind::bypass;
        }));
    }
    TemporaryDirectory shelf_;
};

TEST_F(RescueWatchTest, AUseIsFoundAtTheNextStartAndOnce) {
    make_code();
    { const RescueWatch before(*store, shelf_.path(), directory.path()); }
    EXPECT_EQ(written(), 0U);
    use_code();
    for (int start = 0; start < 3; ++start) {
        const RescueWatch again(*store, shelf_.path(), directory.path());
        EXPECT_EQ(written(), 1U);
    }
    const auto rows = store->audit({});
    EXPECT_TRUE(rows->back().event.success);
    EXPECT_EQ(rows->back().event.where, "console");
}

TEST_F(RescueWatchTest, AUseIsSeenWhileItRuns) {
    make_code();
    const RescueWatch running(*store, shelf_.path(), directory.path());
    use_code();
    const gint64 end = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;
    while (written() == 0 && g_get_monotonic_time() < end) g_main_context_iteration(nullptr, FALSE);
    EXPECT_EQ(written(), 1U);
}

TEST_F(RescueWatchTest, TheNextCodesUseIsAnother) {
    make_code();
    use_code();
    { const RescueWatch first(*store, shelf_.path(), directory.path()); }
    fs::last_write_time(shelf_.path() + "/used", fs::file_time_type::clock::now() + std::chrono::hours{1});
    { const RescueWatch second(*store, shelf_.path(), directory.path()); }
    EXPECT_EQ(written(), 2U);
}

TEST_F(RescueWatchTest, WithoutAShelfThereIsNothingToSay) {
    const RescueWatch nowhere(*store, shelf_.path() + "/none", directory.path());
    EXPECT_EQ(written(), 0U);
    EXPECT_EQ(rescue_state(shelf_.path() + "/none").kind, RescueState::Kind::none);
}

TEST_F(RescueWatchTest, AUsedCodeIsUsedUntilItIsRenewedAsAWhole) {
    EXPECT_EQ(rescue_state(shelf_.path()).kind, RescueState::Kind::none);
    make_code();
    EXPECT_EQ(rescue_state(shelf_.path()).kind, RescueState::Kind::ready);
    use_code();
    EXPECT_EQ(rescue_state(shelf_.path()).kind, RescueState::Kind::used);
    make_code();  // cut off before `used` was taken away
    EXPECT_EQ(rescue_state(shelf_.path()).kind, RescueState::Kind::used);
}

}  // namespace
}  // namespace sekimori::daemon
