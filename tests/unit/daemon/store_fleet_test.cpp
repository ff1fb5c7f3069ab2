// SPDX-License-Identifier: Apache-2.0
// The store of a fleet's terminal: what comes is believed for its signatures only and survives every restart; what is
// made here waits for its entry.
#include <random>

#include "tests/unit/daemon/store_fleet_fixture.hpp"

namespace sekimori::daemon {
namespace {

TEST_F(StoreFleet, OnlyAnEmptyLedgerJoins) {
    open();
    EXPECT_EQ(store->fleet(), nullptr);
    EXPECT_EQ(store->opens(), Opens::everything);
    EXPECT_EQ(store->leave().error().code, ErrorCode::refused);
    (void)add_person();
    EXPECT_EQ(store
                  ->join({world.ledger, test::raw(world.authority), mine.id, mine.group, test::make_key(),
                          crypto::BoxKey::generate(rng).value()})
                  .error()
                  .code,
              ErrorCode::refused);
    EXPECT_EQ(store->fleet(), nullptr);
}

TEST_F(StoreFleet, AMemberOpensNothingBeforeItIsAdmittedAndFresh) {
    become_member();
    EXPECT_EQ(store->opens(), Opens::nothing);
    open();  // and after a restart, with nothing of the chain
    ASSERT_NE(store->fleet(), nullptr);
    admit();
    catch_up();
    EXPECT_EQ(store->opens(), Opens::nothing) << "no heartbeat yet";
    ASSERT_EQ(beat(world.links.size(), clock.at.wall).value(), Heard::taken);
    EXPECT_EQ(store->opens(), Opens::everything);
    EXPECT_EQ(fleet().facts().name, "desk 1");
    EXPECT_EQ(fleet().facts().terminals, 1U);
    open();
    EXPECT_EQ(store->opens(), Opens::everything);
    clock.at.wall += std::chrono::hours{25};
    EXPECT_EQ(store->opens(), Opens::nothing);
}

TEST_F(StoreFleet, NoRestartAndNoClockMakesItYounger) {
    join_and_catch_up();
    clock.at.boottime += std::chrono::hours{23};
    clock.at.wall += std::chrono::hours{23};
    ASSERT_TRUE(fleet().keep_age());
    ++clock.at.boot_id[0];
    clock.at.boottime = Millis{0};
    clock.at.wall -= std::chrono::hours{30};
    open();
    EXPECT_GE(fleet().facts().freshness.age.value(), std::chrono::hours{23});
    clock.at.boottime += std::chrono::minutes{61};
    EXPECT_EQ(store->opens(), Opens::nothing);
}

TEST_F(StoreFleet, ADenialIsInForceBeforeItsEntryAndAfterARestart) {
    join_and_catch_up();
    const Verified denial = suspend(5);
    const auto heard = fleet().hear(bytes_of(denial.sealed));
    ASSERT_TRUE(heard) << heard.error();
    EXPECT_EQ(heard->news, News::fresh);
    EXPECT_TRUE(heard->durable);
    EXPECT_EQ(fleet().hear(bytes_of(denial.sealed))->news, News::known);
    open();
    EXPECT_EQ(fleet().hear(bytes_of(denial.sealed))->news, News::known) << "the reserve kept it";
    ASSERT_TRUE(world.place(denial));
    const auto placed = take(world.links.back());
    ASSERT_TRUE(placed);
    EXPECT_EQ(placed->news, News::known);
    ASSERT_TRUE(fleet().save());
    open();
    EXPECT_EQ(fleet().facts().head.seq, world.links.size());
}

TEST_F(StoreFleet, WhatIsNotSavedComesAgain) {
    join_and_catch_up();
    ASSERT_TRUE(world.place(suspend(5)));
    ASSERT_TRUE(take(world.links.back()));
    EXPECT_EQ(fleet().facts().head.seq, world.links.size());
    open();
    EXPECT_EQ(fleet().facts().head.seq, world.links.size() - 1);
    catch_up();
    open();
    EXPECT_EQ(fleet().facts().head.seq, world.links.size());
}

TEST_F(StoreFleet, LiesOfTheServerAreNotBelieved) {
    join_and_catch_up();
    const auto forger = test::make_key();
    EXPECT_FALSE(fleet().hear(bytes_of(world
                                           .say(forger, StatementType::suspend, Bytes(16, 1),
                                                ActBody{Target::card, std::nullopt, DenyReason::none, {}})
                                           .sealed)));
    EXPECT_FALSE(fleet().hear(Bytes{1, 2, 3}));
    EXPECT_FALSE(fleet().take(Bytes{1}, Bytes{}));
    EXPECT_FALSE(take(make_link(world.chain.head, {world.ledger, 1, forger}, suspend(1).sealed, world.now).value()));
    EXPECT_EQ(take(world.links.front()).error().code, ErrorCode::exists);
    EXPECT_EQ(beat(1, clock.at.wall + Millis{1}).value(), Heard::lower);
    EXPECT_EQ(beat(world.links.size(), clock.at.wall - Millis{1}).value(), Heard::lower);
    EXPECT_FALSE(fleet().take_beat(
        bytes_of(sign_record(Heartbeat{.ledger = world.ledger, .seq = 9, .time = 99}, signer_of(forger)).value())));
    EXPECT_EQ(fleet().take_blob(Hash{}, Bytes{1}).error().code, ErrorCode::mismatch);
    EXPECT_EQ(fleet().take_person_key(id_of<PersonId>(1), mine.group, 1, Bytes(60)).error().code, ErrorCode::mismatch);
    EXPECT_EQ(fleet().take_person_key(id_of<PersonId>(1), id_of<GroupId>(9), 1, Bytes(60)).error().code,
              ErrorCode::not_found);
    EXPECT_EQ(give_group_key(id_of<TerminalId>(8), 2).error().code, ErrorCode::mismatch);
    const GroupKeyRecord record{
        .ledger = world.ledger, .terminal = mine.id, .group = mine.group, .generation = 9, .sealed = Bytes(92)};
    EXPECT_FALSE(fleet().take_group_key(bytes_of(sign_record(record, signer_of(world.sequencer)).value())))
        << "the sequencer is not the authority";
    for (int i = 0; i < 300; ++i) {
        const Bytes blob{static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(i >> 8)};
        (void)fleet().take_blob(hash_of_blob(blob), blob);
    }
    EXPECT_EQ(fleet().take_blob(hash_of_blob(Bytes{9, 9, 9}), Bytes{9, 9, 9}).error().code, ErrorCode::full);
}

TEST_F(StoreFleet, WithoutADelegationNothingIsSaidHere) {
    join_and_catch_up();
    NewPerson person;
    person.login = "tanaka";
    person.accounts = {{"tanaka", "local", 1000}};
    EXPECT_EQ(store->add_person(person, by).error().code, ErrorCode::refused);
    EXPECT_EQ(store->revoke_card(id_of<CardId>(1), DenyReason::lost, by).error().code, ErrorCode::refused);
    EXPECT_TRUE(fleet().unsent().empty());
    EXPECT_EQ(store->backup(Bytes{1}).error().code, ErrorCode::refused);
    EXPECT_EQ(store->restore(Bytes{1}, Bytes{1}, by).error().code, ErrorCode::refused);
}

TEST_F(StoreFleet, AGrantTakesEffectWithItsEntryAndNotBefore) {
    become_member();
    admit();
    world.delegate(mine.sign, AdminRole::registrar);
    catch_up();
    const PersonId person = add_person();
    EXPECT_FALSE(store->person(person));
    EXPECT_EQ(fleet().unsent().size(), 2U);
    open();  // queued is durable
    ASSERT_EQ(fleet().unsent().size(), 2U);
    const auto first = fleet().outgoing(fleet().unsent().front());
    ASSERT_TRUE(first) << first.error();
    ASSERT_EQ(first->keys.size(), 1U);
    EXPECT_EQ(first->groups, std::vector{mine.group});
    EXPECT_TRUE(unwrap_person_key(Bytes(32, 1), world.ledger, person, first->keys[0].sealed));
    place_outbox();
    ASSERT_TRUE(store->person(person));
    EXPECT_EQ(store->person(person)->login, "tanaka");
    EXPECT_EQ(fleet().facts().queued, 0U);

    const FingerId finger = add_finger(person, "right-thumb", "a template");
    EXPECT_TRUE(store->fingers_of(person).empty());
    place_outbox();
    ASSERT_EQ(store->fingers_of(person).size(), 1U);
    EXPECT_EQ(store->finger_data(finger)->view(), "a template");
    open();
    EXPECT_EQ(store->person_by_login("tanaka")->id, person);
    EXPECT_EQ(store->finger_data(finger)->view(), "a template");
}

TEST_F(StoreFleet, AnotherKeyOfAPersonTakesNobodysPlace) {
    become_member();
    admit();
    world.delegate(mine.sign, AdminRole::registrar);
    catch_up();
    const PersonId person = add_person();
    const auto key = fleet().outgoing(fleet().unsent().front()).value().keys.at(0);
    const Bytes group(32, 1);
    const auto sealed = [&](ByteSpan plain) {
        return wrap_person_key(group, world.ledger, person, plain, rng).value();
    };
    const auto plain = unwrap_person_key(group, world.ledger, person, key.sealed);
    ASSERT_TRUE(plain);
    const auto take_key = [&](const Bytes& bytes) { return fleet().take_person_key(person, mine.group, 1, bytes); };
    // Made here, its entry yet to come.
    EXPECT_EQ(take_key(sealed(Bytes(32, 9))).error().code, ErrorCode::mismatch);
    EXPECT_TRUE(take_key(sealed(plain->span())));
    place_outbox();
    const FingerId finger = add_finger(person, "right-thumb", "a template");
    place_outbox();
    EXPECT_EQ(take_key(sealed(Bytes(32, 9))).error().code, ErrorCode::mismatch);
    EXPECT_TRUE(take_key(sealed(plain->span()))) << "the same one, sealed anew";
    for (int round = 0; round < 2; ++round) {
        EXPECT_EQ(store->person(person)->login, "tanaka");
        EXPECT_EQ(store->finger_data(finger)->view(), "a template");
        open();
    }
    // Of somebody who is not known yet the first one waits.
    const PersonId other = id_of<PersonId>(50);
    const auto early = [&](std::uint8_t n) {
        const auto wrapped = wrap_person_key(group, world.ledger, other, Bytes(32, n), rng).value();
        return fleet().take_person_key(other, mine.group, 1, wrapped);
    };
    EXPECT_TRUE(early(1));
    EXPECT_EQ(early(2).error().code, ErrorCode::mismatch);
    EXPECT_TRUE(early(1));
}

// What the personnel office says: with its entry, sealed for the person's groups; and who may say that somebody is
// gone.
TEST_F(StoreFleet, DetailsTravelAndARemovalNeedsItsDelegation) {
    become_member();
    EXPECT_FALSE(store->may_remove_people());
    admit();
    world.delegate(mine.sign, AdminRole::helpdesk);
    catch_up();
    EXPECT_FALSE(store->may_remove_people());
    world.delegate(mine.sign, AdminRole::registrar);
    catch_up();
    EXPECT_TRUE(store->may_remove_people());
    NewPerson person;
    person.login = "yamada";
    person.accounts = {{"yamada", "local", 1000}};
    PersonDetails details;
    details.section = "税務課";
    ASSERT_TRUE(store->change_people({{person, details}}, by));
    EXPECT_FALSE(store->person_by_login("yamada"));
    EXPECT_EQ(fleet().facts().queued, 3U);
    for (const Hash& hash : fleet().unsent()) {
        const auto out = fleet().outgoing(hash);
        ASSERT_TRUE(out) << out.error();
        EXPECT_TRUE(out->blob);
        EXPECT_EQ(out->groups, std::vector{mine.group});
    }
    place_outbox();
    for (int round = 0; round < 2; ++round) {
        const auto yamada = store->person_by_login("yamada");
        ASSERT_TRUE(yamada);
        ASSERT_TRUE(yamada->details);
        EXPECT_EQ(yamada->details->section, "税務課");
        open();
    }
}

TEST_F(StoreFleet, AnotherTerminalOfTheGroupReadsThePersonAndALostOneForgets) {
    become_member();
    admit();
    world.delegate(mine.sign, AdminRole::registrar);
    catch_up();
    const PersonId person = add_person();
    std::vector<FleetStore::Outgoing> sent;
    for (const Hash& hash : fleet().unsent()) sent.push_back(fleet().outgoing(hash).value());
    place_outbox();

    // The same terminal starts over: the chain, blobs and keys come from the server.
    ASSERT_TRUE(store->leave());
    EXPECT_EQ(store->fleet(), nullptr);
    EXPECT_FALSE(store->person(person));
    close();
    become_member();
    ASSERT_TRUE(give_group_key(mine.id, 1));
    std::size_t next = 0;
    for (const Link& link : world.links) {
        if (next < sent.size() && bytes_of(link.statement) == sent[next].statement) {
            if (sent[next].blob) ASSERT_TRUE(fleet().take_blob(sent[next].blob->first, sent[next].blob->second));
            for (const auto& key : sent[next].keys)
                ASSERT_TRUE(fleet().take_person_key(person, key.group, key.generation, key.sealed));
            ++next;
        }
        ASSERT_TRUE(take(link));
    }
    ASSERT_TRUE(fleet().save());
    ASSERT_EQ(next, sent.size());
    ASSERT_TRUE(store->person(person));
    EXPECT_EQ(store->person(person)->login, "tanaka");
    EXPECT_EQ(store->person(person)->accounts.size(), 1U);

    ASSERT_TRUE(world.place(world.say(world.authority, StatementType::revoke_terminal, mine.id.bytes,
                                      RevokeTerminalBody{DenyReason::stolen, {}})));
    catch_up();
    EXPECT_EQ(store->opens(), Opens::nothing);
    ASSERT_TRUE(fleet().forget_keys());
    open();
    EXPECT_EQ(fleet().facts().standing, Standing::revoked);
    EXPECT_EQ(store->opens(), Opens::nothing);
    EXPECT_TRUE(store->person(person)->login.empty());
    EXPECT_EQ(give_group_key(mine.id, 2).error().code, ErrorCode::refused);
}

TEST_F(StoreFleet, ADenialMadeHereIsInForceQueuedAndOfferedAgain) {
    become_member();
    admit();
    world.delegate(mine.sign, AdminRole::helpdesk);
    catch_up();
    const auto denied = store->suspend_card(id_of<CardId>(5), by);
    ASSERT_TRUE(denied) << denied.error();
    EXPECT_TRUE(denied->changed && denied->durable);
    ASSERT_EQ(fleet().unsent().size(), 1U);
    const Hash hash = fleet().unsent().front();
    // A server that says "refused" ends nothing of it.
    ASSERT_TRUE(fleet().submitted(hash, FleetStore::Submitted::refused));
    EXPECT_TRUE(fleet().waits(hash));
    open();
    ASSERT_EQ(fleet().unsent(), std::vector{hash});
    EXPECT_FALSE(store->suspend_card(id_of<CardId>(5), by)->changed);
    place_outbox();
    EXPECT_FALSE(fleet().waits(hash));
    EXPECT_TRUE(world.view().denied_cards.contains(id_of<CardId>(5)));
}

TEST_F(StoreFleet, ARefusedGrantIsGivenUp) {
    become_member();
    admit();
    world.delegate(mine.sign, AdminRole::registrar);
    catch_up();
    (void)add_person();
    for (const Hash& hash : fleet().unsent()) ASSERT_TRUE(fleet().submitted(hash, FleetStore::Submitted::refused));
    EXPECT_EQ(fleet().facts().queued, 0U);
    open();
    EXPECT_EQ(fleet().facts().queued, 0U);
}

TEST_F(StoreFleet, AnAcknowledgementIsKeptUntilItIsStored) {
    join_and_catch_up();
    const Verified denial = suspend(5);
    ASSERT_TRUE(fleet().hear(bytes_of(denial.sealed)));
    const Hash hash = denial.sealed.hash();
    const auto record = fleet().acknowledge(hash, AckOutcome::sessions_ended, 2);
    ASSERT_TRUE(record);
    open();
    const auto kept = fleet().acknowledgements();
    ASSERT_TRUE(kept);
    ASSERT_EQ(kept->size(), 1U);
    EXPECT_EQ(kept->front().denial, hash);
    const auto ack = fleet().open_ack(kept->front().record);
    ASSERT_TRUE(ack) << ack.error();
    EXPECT_EQ(ack->terminal, mine.id);
    EXPECT_EQ(ack->sessions, 2U);
    ASSERT_TRUE(fleet().acknowledged(hash));
    EXPECT_TRUE(fleet().acknowledgements()->empty());
    Bytes damaged = kept->front().record;
    damaged.back() ^= 1;
    EXPECT_FALSE(fleet().open_ack(damaged));
}

// House 5 on a real disk: random orders, repetition, loss and restarts.
TEST_F(StoreFleet, DenialsKnownAreASubsetOfDenialsAppliedOnDisk) {
    for (unsigned seed = 1; seed <= 6; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937 random(seed);
        if (store && store->fleet() != nullptr) ASSERT_TRUE(store->leave());
        close();
        world = World();
        join_and_catch_up();
        for (std::uint8_t card = 1; card <= 12; ++card) {
            const StatementType type = card % 4 == 0 ? StatementType::reinstate : StatementType::suspend;
            ASSERT_TRUE(world.place(world.say(world.authority, type, Bytes(16, card % 4 == 0 ? card - 1 : card),
                                              ActBody{Target::card, std::nullopt, DenyReason::none, {}})));
        }
        std::set<Hash> known;
        for (int step = 0; step < 60; ++step) {
            const Link& any = world.links[random() % world.links.size()];
            const std::uint64_t head = fleet().facts().head.seq;
            switch (random() % 5) {
                case 0:
                    if (const auto heard = fleet().hear(bytes_of(any.statement))) {
                        ASSERT_TRUE(heard->durable);
                        known.insert(any.statement.hash());
                    }
                    break;
                case 1:
                    (void)take(any);
                    break;
                case 2:
                    if (head < world.links.size()) ASSERT_TRUE(take(world.links[head]));
                    break;
                case 3:
                    ASSERT_TRUE(fleet().save());
                    break;
                default:
                    open();
                    break;
            }
            // Heard once: heard again it is never news, whatever happened in between.
            for (const Link& link : world.links) {
                if (!known.contains(link.statement.hash())) continue;
                const auto again = fleet().hear(bytes_of(link.statement));
                ASSERT_TRUE(again) << again.error();
                ASSERT_EQ(again->news, News::known) << "step " << step;
            }
        }
    }
}

}  // namespace
}  // namespace sekimori::daemon
