// SPDX-License-Identifier: Apache-2.0
// How long a member may be out of touch: as the policy in its chain says for its group, and its machine no laxer.
#include "tests/unit/daemon/store_fleet_fixture.hpp"

namespace sekimori::daemon {
namespace {

class StoreOffline : public StoreFleet {};

TEST_F(StoreOffline, HowLongItMayBeOutOfTouchIsWhatThePolicySaysOfItsGroup) {
    join_and_catch_up();
    load_policy(R"({"max_hours":4,"groups":{")" + mine.group.hex() + R"(":{"max_hours":48}}})");
    ASSERT_EQ(beat(world.links.size(), clock.at.wall).value(), Heard::taken);
    const auto later = [&](Millis time) {
        clock.at.boottime += time;
        clock.at.wall += time;
    };
    later(std::chrono::hours{47});
    EXPECT_EQ(store->opens(), Opens::everything);
    later(std::chrono::hours{2});
    EXPECT_EQ(store->opens(), Opens::nothing);
    open();
    EXPECT_EQ(store->opens(), Opens::nothing) << "also after a restart";
    EXPECT_EQ(fleet().facts().by_policy.most, std::chrono::hours{48});
    // A policy comes while it runs: as the others.
    load_policy(R"({"max_hours":4,"past":"certificate","certificate_hours":60})");
    EXPECT_EQ(store->opens(), Opens::certificate_cards);
    load_policy("{}");
    EXPECT_EQ(store->opens(), Opens::nothing);
    EXPECT_EQ(fleet().offline_rules().size(), 3U);
    EXPECT_EQ(fleet().offline_rules().back().placed, world.now);
}

TEST_F(StoreOffline, TheMachinesConfigurationOnlyMakesStricter) {
    join_and_catch_up();
    load_policy(R"({"max_hours":24,"past":"deny"})");
    for (const auto& [machine, judged] :
         {std::pair{OfflineLimits{std::chrono::hours{72}, PastMax::certificate, Millis{0}}, std::chrono::hours{24}},
          {OfflineLimits{std::chrono::hours{4}, {}, {}}, std::chrono::hours{4}},
          {OfflineLimits{}, std::chrono::hours{24}}}) {
        close();
        StoreOptions here = options();
        here.offline = machine;
        store = std::move(Store::open(std::move(here), clock, rng).value());
        EXPECT_EQ(fleet().facts().judged_by, (FreshnessPolicy{judged, PastMax::deny, Millis{0}}));
        EXPECT_EQ(fleet().facts().by_policy.most, std::chrono::hours{24});
    }
}

TEST_F(StoreOffline, NoClockBringsALaxerPolicyBack) {
    join_and_catch_up();
    load_policy(R"({"max_hours":72})");
    world.now += std::chrono::minutes{10};
    load_policy(R"({"max_hours":4})");
    ASSERT_EQ(beat(world.links.size(), clock.at.wall).value(), Heard::taken);
    clock.at.boottime += std::chrono::hours{5};
    clock.at.wall = world.now - std::chrono::minutes{5};  // when the laxer one was in force
    EXPECT_EQ(fleet().facts().by_policy.most, std::chrono::hours{4});
    EXPECT_EQ(store->opens(), Opens::nothing);
}

TEST_F(StoreOffline, APolicyThatCannotBeReadHereIsTheStrictest) {
    join_and_catch_up();
    load_policy(R"({"max_hours":72,"of_a_later_version":1})");
    EXPECT_EQ(fleet().facts().judged_by, kStrictestOffline);
    ASSERT_EQ(beat(world.links.size(), clock.at.wall).value(), Heard::taken);
    EXPECT_EQ(store->opens(), Opens::everything) << "in touch there is nothing to judge";
}

}  // namespace
}  // namespace sekimori::daemon
