// SPDX-License-Identifier: Apache-2.0
// Denials that wait for their entries in a terminal's store, each known by its hash, whoever else speaks.
#include "tests/unit/daemon/store_fleet_fixture.hpp"

namespace sekimori::daemon {
namespace {

// Another author's denial under the same id makes it neither known nor placed, and takes no slot from it.
TEST_F(StoreFleet, TwoDenialsOfOneIdAreKeptPlacedAndAcknowledgedEach) {
    for (const bool other_first : {true, false}) {
        SCOPED_TRACE(other_first);
        if (store && store->fleet() != nullptr) ASSERT_TRUE(store->leave());
        close();
        world = World();
        join_and_catch_up();
        const test::Terminal desk = world.join(9, 3);
        world.delegate(desk.sign, AdminRole::helpdesk);
        catch_up();
        const Verified denial = suspend(5);
        const Verified other = World::under(denial.statement.id, desk.sign,
                                            world.say(desk.sign, StatementType::suspend, Bytes(16, 6),
                                                      ActBody{Target::card, std::nullopt, DenyReason::none, {}}));
        const Verified& first = other_first ? other : denial;
        const Verified& second = other_first ? denial : other;
        for (const Verified* one : {&first, &second}) {
            const auto heard = fleet().hear(bytes_of(one->sealed));
            ASSERT_TRUE(heard) << heard.error();
            EXPECT_EQ(heard->news, News::fresh);
            EXPECT_TRUE(heard->durable);
            EXPECT_EQ(heard->hash, one->sealed.hash());
        }
        for (const Verified* one : {&first, &second}) {
            open();
            for (const Verified* known : {&first, &second}) {
                EXPECT_EQ(fleet().hear(bytes_of(known->sealed))->news, News::known);
                EXPECT_EQ(fleet().denial(known->sealed.hash())->subject, known->statement.subject);
                EXPECT_TRUE(fleet().durable(known->sealed.hash()));
            }
            ASSERT_TRUE(world.place(*one));
            const auto placed = take(world.links.back());
            ASSERT_TRUE(placed) << placed.error();
            EXPECT_EQ(placed->news, News::known);
            EXPECT_EQ(placed->hash, one->sealed.hash());
            ASSERT_TRUE(fleet().save());
        }
        EXPECT_TRUE(fleet().acknowledgements()->empty()) << "both were heard before their entries";
        open();
        EXPECT_EQ(fleet().facts().head.seq, world.links.size());
        // The same with entries alone: each is owed its own acknowledgement.
        ASSERT_TRUE(store->leave());
        close();
        become_member();
        catch_up();
        const auto owed = fleet().acknowledgements();
        ASSERT_TRUE(owed);
        std::set<Hash> of;
        for (const auto& one : *owed) of.insert(one.denial);
        EXPECT_EQ(of, (std::set{first.sealed.hash(), second.sealed.hash()}));
    }
}

}  // namespace
}  // namespace sekimori::daemon
