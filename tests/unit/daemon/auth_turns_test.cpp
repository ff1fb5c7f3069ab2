// SPDX-License-Identifier: Apache-2.0
// One transaction at a time: who goes first, who has to wait, and that places are given up.
#include "daemon/auth/turns.hpp"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sekimori::daemon {
namespace {

class TurnsTest : public testing::Test {
  protected:
    // Enters under `name`; what happens to it is written to `log`.
    Status enter(const std::string& name, Rank rank, uid_t uid) {
        auto ticket = turns.enter(rank, uid,
                                  {[this, name] { log.push_back(name + " starts"); },
                                   [this, name] {
                                       log.push_back(name + " preempted");
                                       leave(name);
                                   }});
        if (!ticket) return tl::unexpected<Error>(ticket.error());
        tickets.emplace(name, std::move(*ticket));
        return {};
    }
    // Out of the map first: who starts because this ticket goes may enter in its turn.
    void leave(const std::string& name) { const auto leaving = tickets.extract(name); }
    std::vector<std::string> happened() { return std::exchange(log, {}); }

    using Log = std::vector<std::string>;
    Turns turns;
    Log log;
    std::map<std::string, Turns::Ticket> tickets;
};

TEST_F(TurnsTest, TheFirstOneStartsAtOnce) {
    ASSERT_TRUE(enter("a", Rank::root, 0));
    EXPECT_EQ(happened(), Log{"a starts"});
    EXPECT_EQ(turns.size(), 1U);
}

TEST_F(TurnsTest, FirstComeFirstServed) {
    ASSERT_TRUE(enter("a", Rank::root, 0));
    ASSERT_TRUE(enter("b", Rank::root, 0));
    ASSERT_TRUE(enter("c", Rank::root, 0));
    EXPECT_EQ(happened(), Log{"a starts"});
    leave("a");
    EXPECT_EQ(happened(), Log{"b starts"});
    leave("b");
    EXPECT_EQ(happened(), Log{"c starts"});
    leave("c");
    EXPECT_EQ(turns.size(), 0U);
}

TEST_F(TurnsTest, UnprivilegedOnesAreServedInTheirOrderToo) {
    ASSERT_TRUE(enter("a", Rank::unprivileged, 1));
    ASSERT_TRUE(enter("b", Rank::unprivileged, 2));
    leave("a");
    EXPECT_EQ(happened(), (Log{"a starts", "b starts"}));
}

TEST_F(TurnsTest, RootGoesBeforeThoseWhoWait) {
    ASSERT_TRUE(enter("first", Rank::root, 0));
    ASSERT_TRUE(enter("user", Rank::unprivileged, 1));
    ASSERT_TRUE(enter("second", Rank::root, 0));
    leave("first");
    leave("second");
    EXPECT_EQ(happened(), (Log{"first starts", "second starts", "user starts"}));
}

TEST_F(TurnsTest, RootTakesTheTurnOfAnUnprivilegedOne) {
    ASSERT_TRUE(enter("user", Rank::unprivileged, 1));
    ASSERT_TRUE(enter("other", Rank::unprivileged, 2));
    ASSERT_TRUE(enter("root", Rank::root, 0));
    EXPECT_EQ(happened(), (Log{"user starts", "user preempted", "root starts"}));
    leave("root");
    EXPECT_EQ(happened(), Log{"other starts"});
}

TEST_F(TurnsTest, RootDoesNotTakeTheTurnOfRoot) {
    ASSERT_TRUE(enter("a", Rank::root, 0));
    ASSERT_TRUE(enter("b", Rank::root, 0));
    EXPECT_EQ(happened(), Log{"a starts"});
}

TEST_F(TurnsTest, AnUnprivilegedOneTakesNobodysTurn) {
    ASSERT_TRUE(enter("a", Rank::unprivileged, 1));
    ASSERT_TRUE(enter("b", Rank::unprivileged, 2));
    EXPECT_EQ(happened(), Log{"a starts"});
}

// Two transactions never run together, also when the one whose turn was taken is slow to go.
TEST_F(TurnsTest, WhoWasPreemptedKeepsTheDevicesUntilItIsGone) {
    std::optional<Turns::Ticket> slow;
    slow = *turns.enter(Rank::unprivileged, 1, {[] {}, [this] { log.emplace_back("asked to go"); }});
    ASSERT_TRUE(enter("root", Rank::root, 0));
    EXPECT_EQ(happened(), Log{"asked to go"});
    slow.reset();
    EXPECT_EQ(happened(), Log{"root starts"});
}

TEST_F(TurnsTest, AnUnprivilegedUidHasOnePlace) {
    ASSERT_TRUE(enter("a", Rank::unprivileged, 1));
    EXPECT_EQ(enter("again", Rank::unprivileged, 1).error().code, ErrorCode::busy);
    EXPECT_TRUE(enter("other", Rank::unprivileged, 2));
    EXPECT_EQ(enter("waiting", Rank::unprivileged, 2).error().code, ErrorCode::busy);
    leave("a");
    EXPECT_TRUE(enter("again", Rank::unprivileged, 1));
}

TEST_F(TurnsTest, RootMayComeWhileItsUidWaitsUnprivileged) {
    ASSERT_TRUE(enter("locker", Rank::unprivileged, 0));
    EXPECT_TRUE(enter("login", Rank::root, 0));
}

TEST_F(TurnsTest, TheQueueIsBounded) {
    for (std::size_t i = 0; i <= Turns::kMaxWaiting; ++i) ASSERT_TRUE(enter(std::to_string(i), Rank::root, 0));
    EXPECT_EQ(enter("one more", Rank::root, 0).error().code, ErrorCode::busy);
    leave("5");
    EXPECT_TRUE(enter("one more", Rank::root, 0));
}

// The places of others never keep root out.
TEST_F(TurnsTest, AFullQueueOfUsersDoesNotStopRoot) {
    for (std::size_t i = 0; i <= Turns::kMaxWaiting; ++i)
        ASSERT_TRUE(enter(std::to_string(i), Rank::unprivileged, static_cast<uid_t>(1000 + i)));
    EXPECT_EQ(enter("one more", Rank::unprivileged, 5000).error().code, ErrorCode::busy);
    (void)happened();
    EXPECT_TRUE(enter("root", Rank::root, 0));
    EXPECT_EQ(happened(), (Log{"0 preempted", "root starts"}));
}

TEST_F(TurnsTest, WhoLeavesTheQueueIsNotCalled) {
    ASSERT_TRUE(enter("a", Rank::root, 0));
    ASSERT_TRUE(enter("b", Rank::root, 0));
    ASSERT_TRUE(enter("c", Rank::root, 0));
    leave("b");
    leave("a");
    EXPECT_EQ(happened(), (Log{"a starts", "c starts"}));
}

TEST_F(TurnsTest, ATicketThatMovedIsGivenUpOnce) {
    Turns::Ticket first = *turns.enter(Rank::root, 0, {[] {}, [] {}});
    ASSERT_TRUE(enter("next", Rank::root, 0));
    Turns::Ticket second(std::move(first));
    first = Turns::Ticket();  // NOLINT(bugprone-use-after-move): that is what is tested
    EXPECT_EQ(happened(), Log{});
    second = Turns::Ticket();
    EXPECT_EQ(happened(), Log{"next starts"});
    second.drop();
    EXPECT_EQ(turns.size(), 1U);
}

TEST_F(TurnsTest, ANextOneMayEndAtOnceInItsStart) {
    ASSERT_TRUE(enter("a", Rank::root, 0));
    std::optional<Turns::Ticket> hasty;
    hasty = *turns.enter(Rank::root, 0,
                         {[&] {
                              log.emplace_back("hasty");
                              hasty.reset();
                          },
                          [] {}});
    ASSERT_TRUE(enter("last", Rank::root, 0));
    leave("a");
    EXPECT_EQ(happened(), (Log{"a starts", "hasty", "last starts"}));
    EXPECT_EQ(turns.size(), 1U);
}

TEST_F(TurnsTest, SomebodyMayComeInAStart) {
    ASSERT_TRUE(enter("a", Rank::root, 0));
    Turns::Ticket host = *turns.enter(Rank::root, 0, {[this] { ASSERT_TRUE(enter("guest", Rank::root, 0)); }, [] {}});
    leave("a");
    EXPECT_EQ(happened(), Log{"a starts"});
    host.drop();
    EXPECT_EQ(happened(), Log{"guest starts"});
}

}  // namespace
}  // namespace sekimori::daemon
