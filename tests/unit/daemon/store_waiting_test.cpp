// SPDX-License-Identifier: Apache-2.0
// Denials that wait for their entries in a terminal's store, each known by its hash, whoever else speaks.
#include "daemon/store/reserve.hpp"
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

// Notified and never submitted, by a key that was lent for the night and is taken back in the morning.
TEST_F(StoreFleet, ADenialThatCanHaveNoEntryAnyMoreIsGivenUpWithItsSlot) {
    become_member();
    admit();
    const test::Terminal desk = world.join(9, 3);
    const StatementId given = world.delegate(desk.sign, AdminRole::helpdesk);
    world.delegate(mine.sign, AdminRole::admin);
    ASSERT_TRUE(world.place(world.say(world.authority, StatementType::person, Bytes(16, 1), PersonBody{})));
    catch_up();
    const Verified denial = world.say(desk.sign, StatementType::suspend, Bytes(16, 1),
                                      ActBody{Target::person, std::nullopt, DenyReason::none, {}});
    ASSERT_TRUE(fleet().hear(bytes_of(denial.sealed))->durable);
    const auto state = [&] { return store->person(id_of<PersonId>(1))->state; };
    const auto reinstate = [&] {
        ASSERT_TRUE(world.place(world.say(world.authority, StatementType::reinstate, Bytes(16, 1),
                                          ActBody{Target::person, std::nullopt, DenyReason::none, {}})));
        catch_up();
    };
    reinstate();
    EXPECT_EQ(state(), PersonState::suspended);
    // What this terminal said itself and its own delegation's end go the same way.
    ASSERT_TRUE(store->suspend_card(id_of<CardId>(5), by));
    ASSERT_EQ(fleet().facts().queued, 1U);
    for (const auto& [id, key] : world.view().fleet.admin_keys)
        if (key.role == AdminRole::admin)
            ASSERT_TRUE(world.place(world.say(world.authority, StatementType::withdraw, id.bytes, WithdrawBody{})));
    ASSERT_TRUE(world.place(world.say(world.authority, StatementType::withdraw, given.bytes, WithdrawBody{})));
    reinstate();
    EXPECT_EQ(state(), PersonState::active);
    EXPECT_EQ(fleet().facts().queued, 0U);
    EXPECT_FALSE(fleet().durable(denial.sealed.hash()));
    EXPECT_EQ(fleet().denial(denial.sealed.hash()).error().code, ErrorCode::not_found);
    // A new delegation of the same key brings nothing back.
    world.delegate(desk.sign, AdminRole::helpdesk);
    catch_up();
    open();
    EXPECT_EQ(state(), PersonState::active);
    EXPECT_EQ(fleet().facts().queued, 0U);
    close();
    const auto reserve = Reserve::open(directory.path());
    ASSERT_TRUE(reserve);
    EXPECT_TRUE(reserve->found().empty());
}

// Whoever denies what another one has denied without an entry says it all the same: the other's word may be forgotten.
TEST_F(StoreFleet, WhatIsDeniedHereStandsWhenAnothersWordForItIsForgotten) {
    become_member();
    admit();
    const test::Terminal desk = world.join(9, 3);
    const StatementId given = world.delegate(desk.sign, AdminRole::helpdesk);
    world.delegate(mine.sign, AdminRole::officer);
    ASSERT_TRUE(world.place(world.say(world.authority, StatementType::person, Bytes(16, 1), PersonBody{})));
    catch_up();
    const PersonId person = id_of<PersonId>(1);
    const Verified theirs = world.say(desk.sign, StatementType::suspend, person.bytes,
                                      ActBody{Target::person, std::nullopt, DenyReason::none, {}});
    ASSERT_TRUE(fleet().hear(bytes_of(theirs.sealed))->durable);
    const auto ours = store->suspend_person(person, by);
    ASSERT_TRUE(ours) << ours.error();
    EXPECT_FALSE(ours->changed) << "it is in force already";
    EXPECT_TRUE(ours->durable);
    ASSERT_EQ(fleet().unsent().size(), 1U) << "and is said here as well";
    EXPECT_TRUE(fleet().durable(fleet().unsent().front()));
    ASSERT_TRUE(store->suspend_person(person, by));
    EXPECT_EQ(fleet().unsent().size(), 1U) << "once";
    ASSERT_TRUE(world.place(world.say(world.authority, StatementType::withdraw, given.bytes, WithdrawBody{})));
    catch_up();
    EXPECT_EQ(fleet().denial(theirs.sealed.hash()).error().code, ErrorCode::not_found);
    EXPECT_EQ(store->person(person)->state, PersonState::suspended);
    open();
    EXPECT_EQ(store->person(person)->state, PersonState::suspended);
}

// Four keys that say as much as they can: what is said here is durable all the same.
TEST_F(StoreFleet, NoFloodTakesTheSpaceOfWhatIsSaidHere) {
    become_member();
    admit();
    world.delegate(mine.sign, AdminRole::helpdesk);
    std::vector<test::Terminal> desks;
    for (std::uint8_t n = 1; n <= 4; ++n) {
        desks.push_back(world.join(n, 3));
        world.delegate(desks.back().sign, AdminRole::helpdesk);
    }
    catch_up();
    std::size_t durable = 0;
    for (const test::Terminal& desk : desks)
        for (std::size_t i = 0; i < 250; ++i) {
            const auto heard =
                fleet().hear(bytes_of(world
                                          .say(desk.sign, StatementType::suspend, rng.draw<CardId>().value().bytes,
                                               ActBody{Target::card, std::nullopt, DenyReason::none, {}})
                                          .sealed));
            ASSERT_TRUE(heard) << heard.error();
            if (heard->durable) ++durable;
        }
    EXPECT_EQ(durable, Reserve::kSlots - Reserve::kOwn);
    const auto denied = store->suspend_card(id_of<CardId>(5), by);
    ASSERT_TRUE(denied) << denied.error();
    open();
    EXPECT_EQ(fleet().facts().queued, 1U);
    ASSERT_EQ(fleet().unsent().size(), 1U);
    EXPECT_TRUE(fleet().durable(fleet().unsent().front()));
}

}  // namespace
}  // namespace sekimori::daemon
