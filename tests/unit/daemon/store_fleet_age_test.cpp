// SPDX-License-Identifier: Apache-2.0
// What becomes of a terminal when the authority's clock, or its own, stood in another year for a while.
#include "ledger/bodies_fleet.hpp"
#include "tests/unit/daemon/store_fleet_fixture.hpp"

namespace sekimori::daemon {
namespace {

using namespace std::chrono_literals;

class StoreFleetAge : public StoreFleet {
  protected:
    void rotate() {
        auto next = test::make_key();
        KeyEpochBody body;
        body.epoch = ++world.epoch;
        body.sequencer = next.public_key();
        const Verified said = world.say(world.authority, StatementType::key_epoch, {}, body);
        world.sequencer = std::move(next);
        ASSERT_TRUE(world.place(said));
        ASSERT_TRUE(take(world.links.back()));
        ASSERT_TRUE(fleet().save());
    }
    Heard beat_now(Millis time) {
        const Heartbeat one{.ledger = world.ledger,
                            .epoch = world.epoch,
                            .seq = world.links.size(),
                            .hash = world.chain.head.hash,
                            .time = static_cast<std::uint64_t>(time.count())};
        return fleet().take_beat(bytes_of(sign_record(one, signer_of(world.sequencer)).value())).value();
    }
};

TEST_F(StoreFleetAge, AHeartbeatFromNextYearIsNotTaken) {
    join_and_catch_up();
    EXPECT_EQ(beat_now(clock.at.wall + 8760h), Heard::lower);
    // Off for a day and more it is as old as that.
    ASSERT_TRUE(fleet().keep_age());
    ++clock.at.boot_id[0];
    clock.at.wall += 25h;
    open();
    EXPECT_EQ(store->opens(), Opens::nothing);
    EXPECT_EQ(beat_now(clock.at.wall), Heard::taken);
    EXPECT_EQ(store->opens(), Opens::everything);
}

TEST_F(StoreFleetAge, TheNextKeyIsTheWayBackForWhoTookOne) {
    join_and_catch_up();
    const Instant right = clock.at;
    clock.at.wall += 8760h;
    ASSERT_EQ(beat_now(clock.at.wall), Heard::taken);
    clock.at = right;
    ASSERT_TRUE(fleet().keep_age());
    open();
    EXPECT_EQ(beat_now(clock.at.wall), Heard::lower);
    rotate();
    EXPECT_EQ(store->opens(), Opens::nothing);
    open();  // killed just then: the entry does not come twice
    EXPECT_EQ(store->opens(), Opens::nothing);
    // Nor does a clock that stands in 1970 make what is known young.
    const Instant here = std::exchange(clock.at, {clock.at.boot_id, clock.at.boottime, 1h, clock.at.wall_quality});
    EXPECT_EQ(store->opens(), Opens::nothing);
    clock.at = here;
    EXPECT_EQ(beat_now(clock.at.wall), Heard::taken);
    EXPECT_EQ(store->opens(), Opens::everything);
    // Another one while all is well closes nothing.
    rotate();
    EXPECT_EQ(store->opens(), Opens::everything);
}

}  // namespace
}  // namespace sekimori::daemon
