// SPDX-License-Identifier: Apache-2.0
// A terminal's store at night: how often a help desk suspends, who stands by it, and an extension that is carried to
// one that is cut off.
#include "tests/unit/daemon/store_fleet_fixture.hpp"

namespace sekimori::daemon {
namespace {

using std::chrono::hours;

class StoreNight : public StoreFleet {
  protected:
    test::Terminal office{id_of<TerminalId>(8), id_of<GroupId>(4)};

    void open_with(DenialRate rate) {
        close();
        StoreOptions again = options();
        again.help_desk = rate;
        store = std::move(*Store::open(std::move(again), clock, rng));
    }
    void become(AdminRole role) {
        join_and_catch_up();
        given = world.delegate(mine.sign, role);
        office = world.join(8, 4);
        world.delegate(office.sign, AdminRole::officer);
        catch_up();
    }
    void later(Millis time) {
        clock.at.wall += time;
        clock.at.boottime += time;
    }
    bool suspends(std::uint8_t card) { return store->suspend_card(id_of<CardId>(card), by).has_value(); }
    Verified extension(const crypto::SigningKey& author, ExtendScope scope, ByteSpan subject, Millis since,
                       Millis length) {
        world.now = since;
        return world.say(author, StatementType::extend, subject, ExtendBody{scope, {}}, since + length);
    }

    StatementId given;
};

TEST_F(StoreNight, AHelpDeskSuspendsSoOftenAndARestartForgetsNone) {
    become(AdminRole::helpdesk);
    for (std::uint8_t card = 1; card <= 5; ++card) EXPECT_TRUE(suspends(card));
    EXPECT_EQ(store->suspend_card(id_of<CardId>(6), by).error().code, ErrorCode::refused);
    EXPECT_TRUE(suspends(3)) << "what is suspended already is no further one";
    EXPECT_EQ(fleet().suspends_again_at(), clock.at.wall + hours{1});
    open();
    EXPECT_EQ(fleet().suspends_again_at(), clock.at.wall + hours{1});
    EXPECT_FALSE(suspends(6));
    place_outbox();
    open();
    EXPECT_FALSE(suspends(6)) << "from the chain now";
    later(hours{1});
    EXPECT_TRUE(suspends(6));
    EXPECT_EQ(fleet().unconfirmed().size(), 6U);
}

TEST_F(StoreNight, AnExtensionThatIsBroughtAfterItsDelegationHasEndedIsTooLate) {
    join_and_catch_up();
    office = world.join(8, 4);
    world.delegate(office.sign, AdminRole::officer, clock.at.wall + hours{1});
    catch_up();
    const Verified carried = extension(office.sign, ExtendScope::terminal, mine.id.bytes, clock.at.wall, hours{10});
    EXPECT_TRUE(fleet().take_extension(bytes_of(carried.sealed)));
    later(hours{2});
    EXPECT_EQ(fleet().take_extension(bytes_of(carried.sealed)).error().code, ErrorCode::refused)
        << "its date is its author's word";
}

TEST_F(StoreNight, TheLimitIsConfiguredAndOfTheHelpDeskAlone) {
    become(AdminRole::helpdesk);
    open_with({1, 2});
    EXPECT_TRUE(suspends(1));
    EXPECT_FALSE(suspends(2));
    later(hours{2});
    EXPECT_TRUE(suspends(2));
    later(hours{2});
    EXPECT_FALSE(suspends(3));
    EXPECT_EQ(fleet().suspends_again_at(), clock.at.wall + hours{20});
    // What was delegated beside it lifts it, and what others say is not counted.
    world.delegate(mine.sign, AdminRole::registrar);
    catch_up();
    world.now = clock.at.wall - Millis{1};
    EXPECT_FALSE(fleet().suspends_again_at());
    for (std::uint8_t card = 10; card < 40; ++card) EXPECT_TRUE(suspends(card));
    EXPECT_TRUE(store->revoke_card(id_of<CardId>(3), DenyReason::lost, by));
}

TEST_F(StoreNight, AnOfficerConfirmsWithAnEntryAndNotTheirOwn) {
    become(AdminRole::officer);
    const Verified own = world.say(mine.sign, StatementType::suspend, Bytes(16, 1),
                                   ActBody{Target::card, std::nullopt, DenyReason::none, {}});
    const auto desk = test::make_key();
    world.delegate(desk, AdminRole::helpdesk);
    const Verified said = world.say(desk, StatementType::suspend, Bytes(16, 2),
                                    ActBody{Target::card, std::nullopt, DenyReason::none, {id_of<PersonId>(4), ""}});
    ASSERT_TRUE(world.place(own));
    ASSERT_TRUE(world.place(said));
    catch_up();
    ASSERT_EQ(fleet().unconfirmed().size(), 1U);
    EXPECT_EQ(fleet().unconfirmed().front().id, said.statement.id);
    EXPECT_EQ(fleet().confirm(own.statement.id, by).error().code, ErrorCode::refused);
    EXPECT_EQ(fleet().confirm(id_of<StatementId>(9), by).error().code, ErrorCode::not_found);
    Actor same = by;
    same.person = id_of<PersonId>(4);
    EXPECT_EQ(fleet().confirm(said.statement.id, same).error().code, ErrorCode::refused);
    EXPECT_TRUE(fleet().unsent().empty());

    ASSERT_TRUE(fleet().confirm(said.statement.id, by));
    EXPECT_EQ(fleet().unconfirmed().size(), 1U) << "with its entry, and not before";
    place_outbox();
    EXPECT_TRUE(fleet().unconfirmed().empty());
    open();
    EXPECT_TRUE(fleet().unconfirmed().empty());

    fleet().reach(FleetStore::Reach::no);
    EXPECT_EQ(fleet().confirm(said.statement.id, by).error().code, ErrorCode::unavailable);
}

TEST_F(StoreNight, AHelpDeskConfirmsAndExtendsNothing) {
    become(AdminRole::helpdesk);
    ASSERT_TRUE(suspends(1));
    EXPECT_EQ(fleet().confirm(fleet().unconfirmed().front().id, by).error().code, ErrorCode::refused);
    EXPECT_EQ(
        fleet().extend({ExtendScope::terminal, mine.id.bytes, hours{1}}, FleetStore::Carried::file, by).error().code,
        ErrorCode::refused);
}

// ---- extensions

TEST_F(StoreNight, AnExtensionIsCarriedToATerminalThatIsCutOff) {
    become(AdminRole::helpdesk);
    ASSERT_EQ(beat(world.links.size(), clock.at.wall).value(), Heard::taken);
    later(hours{25});
    ASSERT_EQ(store->opens(), Opens::nothing);
    const Millis now = clock.at.wall;
    const auto take_it = [&](const Verified& said) { return fleet().take_extension(bytes_of(said.sealed)); };
    const auto code = [&](const Verified& said) { return take_it(said).error().code; };
    const auto of = ExtendScope::terminal;
    EXPECT_EQ(code(extension(test::make_key(), of, mine.id.bytes, now, hours{2})), ErrorCode::mismatch);
    EXPECT_EQ(code(extension(mine.sign, of, mine.id.bytes, now, hours{2})), ErrorCode::refused) << "a help desk";
    EXPECT_EQ(code(extension(office.sign, of, office.id.bytes, now, hours{2})), ErrorCode::refused) << "another's";
    EXPECT_EQ(code(extension(office.sign, ExtendScope::group, office.group.bytes, now, hours{2})), ErrorCode::refused);
    EXPECT_EQ(code(extension(office.sign, of, mine.id.bytes, now, hours{73})), ErrorCode::malformed) << "too long";
    EXPECT_EQ(code(extension(office.sign, of, mine.id.bytes, now - hours{3}, hours{2})), ErrorCode::refused) << "over";
    EXPECT_EQ(code(extension(office.sign, of, mine.id.bytes, now + hours{2}, hours{2})), ErrorCode::refused) << "early";
    EXPECT_EQ(code(world.say(office.sign, StatementType::reinstate, Bytes(16, 1),
                             ActBody{Target::card, std::nullopt, DenyReason::none, {}})),
              ErrorCode::refused)
        << "another grant";
    EXPECT_FALSE(fleet().take_extension(Bytes{1, 2, 3}));
    EXPECT_FALSE(fleet().take_extension(Bytes{}));
    EXPECT_EQ(store->opens(), Opens::nothing);

    ASSERT_TRUE(take_it(extension(office.sign, ExtendScope::group, mine.group.bytes, now, hours{2})));
    EXPECT_EQ(store->opens(), Opens::certificate_cards);
    EXPECT_EQ(fleet().facts().extended_until, now + hours{2});
    ASSERT_TRUE(take_it(extension(office.sign, of, mine.id.bytes, now, hours{1}))) << "the longer one stays";
    later(hours{1});
    open();
    EXPECT_EQ(store->opens(), Opens::certificate_cards) << "also after a restart";
    later(hours{1});
    EXPECT_EQ(store->opens(), Opens::nothing);
    EXPECT_EQ(fleet().facts().extended_until, Millis{0});
}

TEST_F(StoreNight, AnExtensionEndsWithItsWithdrawalAndItsAuthor) {
    become(AdminRole::helpdesk);
    const StatementId second = world.delegate(world.sequencer, AdminRole::officer);  // any key
    catch_up();
    later(hours{25});
    const Verified one = extension(office.sign, ExtendScope::terminal, mine.id.bytes, clock.at.wall, hours{50});
    ASSERT_TRUE(fleet().take_extension(bytes_of(one.sealed)));
    ASSERT_EQ(store->opens(), Opens::certificate_cards);
    ASSERT_TRUE(fleet().hear(
        bytes_of(world.say(office.sign, StatementType::withdraw, one.statement.id.bytes, WithdrawBody{}).sealed)));
    EXPECT_EQ(store->opens(), Opens::nothing);
    EXPECT_EQ(fleet().take_extension(bytes_of(one.sealed)).error().code, ErrorCode::refused);

    const Verified two = extension(world.sequencer, ExtendScope::terminal, mine.id.bytes, clock.at.wall, hours{50});
    ASSERT_TRUE(fleet().take_extension(bytes_of(two.sealed)));
    ASSERT_EQ(store->opens(), Opens::certificate_cards);
    ASSERT_TRUE(fleet().hear(
        bytes_of(world.say(world.authority, StatementType::withdraw, second.bytes, WithdrawBody{}).sealed)));
    EXPECT_EQ(store->opens(), Opens::nothing) << "its author may not say it any more";
    open();
    EXPECT_EQ(store->opens(), Opens::nothing);
}

TEST_F(StoreNight, AnOfficerExtendsByEntryOrByFile) {
    become(AdminRole::officer);
    const FleetStore::Extending what{ExtendScope::terminal, mine.id.bytes, hours{30}};
    const auto extend = [&](const FleetStore::Extending& one, FleetStore::Carried way) {
        return fleet().extend(one, way, by);
    };
    EXPECT_EQ(extend({ExtendScope::terminal, mine.id.bytes, hours{73}}, FleetStore::Carried::entry).error().code,
              ErrorCode::invalid_argument);
    EXPECT_EQ(
        extend({ExtendScope::terminal, id_of<TerminalId>(1).bytes, hours{3}}, FleetStore::Carried::entry).error().code,
        ErrorCode::not_found);
    fleet().reach(FleetStore::Reach::no);
    EXPECT_EQ(extend(what, FleetStore::Carried::entry).error().code, ErrorCode::unavailable);
    const auto carried = extend(what, FleetStore::Carried::file);
    ASSERT_TRUE(carried) << carried.error();
    EXPECT_EQ(carried->until, clock.at.wall + hours{30});
    later(hours{25});
    ASSERT_EQ(store->opens(), Opens::nothing) << "what waits for its entry is in no effect";
    ASSERT_TRUE(fleet().take_extension(carried->statement));
    EXPECT_EQ(store->opens(), Opens::certificate_cards);
    place_outbox();
    EXPECT_TRUE(world.view().fleet.extensions.contains(carried->id));
    EXPECT_EQ(store->opens(), Opens::certificate_cards);
    later(hours{5});
    EXPECT_EQ(store->opens(), Opens::nothing);

    ASSERT_TRUE(store->leave());
    EXPECT_EQ(store->opens(), Opens::everything);
}

}  // namespace
}  // namespace sekimori::daemon
