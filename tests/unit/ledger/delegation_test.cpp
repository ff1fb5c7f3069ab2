// SPDX-License-Identifier: Apache-2.0
// Who may author what: the table, and that it is asked wherever a statement is believed.
#include <map>

#include "tests/unit/ledger/world.hpp"

namespace sekimori::test {
namespace {

Verified suspend(World& world, const crypto::SigningKey& author, std::uint8_t card = 9) {
    return world.say(author, StatementType::suspend, id_of<CardId>(card).bytes,
                     ActBody{Target::card, std::nullopt, DenyReason::none, {}});
}

TEST(Delegation, EveryRoleSaysWhatItMayAndNothingElse) {
    // Written down a second time, from what the roles are for, and not from the table.
    const std::map<AdminRole, std::set<int>> expected{
        {AdminRole::helpdesk, {16}},
        {AdminRole::registrar, {2, 3, 4, 5, 12, 15, 16, 17, 18, 20, 33}},
        {AdminRole::officer, {6, 11, 13, 16, 17, 18, 20, 32, 33, 34, 35}},
        {AdminRole::admin, {2, 3, 4, 5, 6, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 32, 33, 34, 35}}};
    for (const auto& [role, types] : expected)
        for (int type = 0; type < 256; ++type)
            EXPECT_EQ(may_author(role, static_cast<StatementType>(type)), types.contains(type))
                << static_cast<int>(role) << " " << type;
}

TEST(Delegation, NoRoleIsNothing) {
    for (int type = 0; type < 256; ++type) EXPECT_FALSE(may_author(AdminRole{}, static_cast<StatementType>(type)));
}

TEST(Delegation, AHelpDeskDeniesAndDoesNotGrant) {
    World world;
    const Terminal desk = world.join(1, 1);
    world.delegate(desk.sign, AdminRole::helpdesk);
    EXPECT_TRUE(world.place(suspend(world, desk.sign)));
    EXPECT_FALSE(world.place(world.say(desk.sign, StatementType::reinstate, id_of<CardId>(9).bytes,
                                       ActBody{Target::card, std::nullopt, DenyReason::none, {}})));
    EXPECT_FALSE(world.place(world.say(desk.sign, StatementType::person, id_of<PersonId>(1).bytes, PersonBody{})));
}

TEST(Delegation, ATerminalWithoutADelegationSaysNothing) {
    World world;
    const Terminal one = world.join(1, 1);
    const auto opened = open_authored(suspend(world, one.sign).sealed, world.view(), world.ledger, 0);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::mismatch);
}

TEST(Delegation, OnlyTheAuthorityMakesKeysTerminalsAndDelegations) {
    World world;
    const Terminal admin = world.join(1, 1);
    world.delegate(admin.sign, AdminRole::admin);
    EXPECT_FALSE(world.place(world.say(admin.sign, StatementType::admin_key, {},
                                       AdminKeyBody{raw(make_key()), AdminRole::helpdesk, "", {}})));
    EXPECT_FALSE(
        world.place(world.say(admin.sign, StatementType::key_epoch, {}, KeyEpochBody{2, make_key().public_key(), {}})));
    EXPECT_FALSE(world.place(world.say(admin.sign, StatementType::terminal, id_of<TerminalId>(7).bytes,
                                       TerminalBody{"x", id_of<GroupId>(1), make_key().public_key(), {}, {}})));
    EXPECT_TRUE(world.place(
        world.say(admin.sign, StatementType::revoke_terminal, id_of<TerminalId>(7).bytes, RevokeTerminalBody{})));
}

TEST(Delegation, ARegistrarMakesNoAdministrator) {
    World world;
    const Terminal desk = world.join(1, 1);
    world.delegate(desk.sign, AdminRole::registrar);
    EXPECT_FALSE(world.place(world.say(desk.sign, StatementType::person, id_of<PersonId>(1).bytes,
                                       PersonBody{Role::administrator, 2, {}, {}})));
    EXPECT_TRUE(world.place(
        world.say(desk.sign, StatementType::person, id_of<PersonId>(1).bytes, PersonBody{Role::none, 2, {}, {}})));
    EXPECT_EQ(world.view().persons.at(id_of<PersonId>(1)).groups, std::vector{desk.group});
}

TEST(Delegation, ItEndsWithItsDayItsWithdrawalAndItsTerminal) {
    World world;
    const Terminal desk = world.join(1, 1);
    world.delegate(desk.sign, AdminRole::helpdesk, world.now + Millis{60'000});
    EXPECT_TRUE(world.place(suspend(world, desk.sign, 1)));
    world.now += Millis{60'000};
    EXPECT_FALSE(world.place(suspend(world, desk.sign, 2)));

    const Terminal second = world.join(2, 1);
    const StatementId id = world.delegate(second.sign, AdminRole::helpdesk);
    EXPECT_TRUE(check_author(world.view(), suspend(world, second.sign).statement, 0));
    View withdrawn = world.view();
    ASSERT_TRUE(withdraw_admin_key(withdrawn.fleet, id));
    EXPECT_EQ(check_author(withdrawn, suspend(world, second.sign).statement, 0).error().code, ErrorCode::refused);
    EXPECT_EQ(withdraw_admin_key(withdrawn.fleet, StatementId{}).error().code, ErrorCode::not_found);

    ASSERT_TRUE(
        world.place(world.say(world.authority, StatementType::revoke_terminal, second.id.bytes, RevokeTerminalBody{})));
    EXPECT_FALSE(world.place(suspend(world, second.sign)));
}

// A date is its author's word; the time of an entry is not.
TEST(Delegation, NoDateFromBeforeItsEndKeepsItUsable) {
    World world;
    const Terminal desk = world.join(1, 1);
    const Millis end = world.now + Millis{60'000};
    world.delegate(desk.sign, AdminRole::registrar, end);
    const auto person = [&](std::uint8_t n) {
        return world.say(desk.sign, StatementType::person, id_of<PersonId>(n).bytes, PersonBody{});
    };
    const Verified in_time = person(1), late = person(2);
    EXPECT_TRUE(world.place(in_time));
    Statement beyond = late.statement;
    beyond.issued_at = std::uint64_t{1} << 63U;
    EXPECT_FALSE(world.place(sign_statement(beyond, desk.sign).value())) << "nor a date that no clock reaches";
    world.now = end - Millis{1000};  // its entry comes a second later
    EXPECT_FALSE(world.place(late)) << "honest or not, nobody can tell";
    ASSERT_TRUE(world.place(suspend(world, world.authority)));
    world.now = Millis{1'000'000};
    EXPECT_FALSE(world.place(late)) << "made in the past by make_link, which does not go back";
    Entry back{.ledger = world.ledger,
               .seq = world.chain.head.seq + 1,
               .previous = world.chain.head.hash,
               .statement = late.sealed.hash(),
               .time = in_time.statement.issued_at};
    EXPECT_FALSE(extend(world.chain, world.root(), {sign_entry(back, world.sequencer).value(), late.sealed}))
        << "a sequencer that sets its clock back";
    EXPECT_FALSE(world.view().persons.contains(id_of<PersonId>(2)));
}

// The authority may be away when it ends. A card that was stopped until then opens nothing when it is back.
TEST(Delegation, ADenialThatWasMadeInTimeMayBeAWeekOnItsWay) {
    World world;
    const Terminal desk = world.join(1, 1);
    const Millis end = world.now + Millis{60'000};
    world.delegate(desk.sign, AdminRole::helpdesk, end);
    const Verified heard = suspend(world, desk.sign, 1);
    const Verified slow = suspend(world, desk.sign, 2);
    ASSERT_TRUE(world.chain.ledger.hear(heard.statement, heard.sealed.hash()));
    world.now = end + std::chrono::hours{24 * 7} - Millis{2000};  // an entry comes a second later
    ASSERT_TRUE(world.place(suspend(world, world.authority)));
    EXPECT_TRUE(world.view().denied_cards.contains(id_of<CardId>(1))) << "no entry yet, and none the less in force";
    EXPECT_FALSE(world.place(slow)) << "a week and no longer";
    EXPECT_FALSE(world.place(suspend(world, desk.sign, 3))) << "made after the end";
    EXPECT_FALSE(world.view().denied_cards.contains(id_of<CardId>(2)));
}

TEST(Delegation, IsTakenBackForGoodAlsoBeforeItComes) {
    World world;
    const Terminal desk = world.join(1, 1);
    const StatementId id = world.delegate(desk.sign, AdminRole::helpdesk);
    const Verified back = world.say(world.authority, StatementType::withdraw, id.bytes, WithdrawBody{});
    ASSERT_TRUE(world.chain.ledger.hear(back.statement, back.sealed.hash()));
    EXPECT_FALSE(check_author(world.view(), suspend(world, desk.sign).statement, 0)) << "at once, without its entry";
    EXPECT_TRUE(world.place(suspend(world, desk.sign))) << "what was placed before the withdrawal is no lie";
    ASSERT_TRUE(world.place(back));
    EXPECT_FALSE(world.place(suspend(world, desk.sign)));

    const Terminal late = world.join(2, 1);
    const Verified coming = world.say(world.authority, StatementType::admin_key, {},
                                      AdminKeyBody{raw(late.sign), AdminRole::admin, "late", {}});
    ASSERT_TRUE(
        world.place(world.say(world.authority, StatementType::withdraw, coming.statement.id.bytes, WithdrawBody{})));
    ASSERT_TRUE(world.place(coming));
    EXPECT_FALSE(check_author(world.view(), suspend(world, late.sign).statement, 0));
}

TEST(Delegation, OnlyAnAdministratorTakesOneBack) {
    World world;
    const Terminal admin = world.join(1, 1);
    const Terminal registrar = world.join(2, 1);
    const Terminal officer = world.join(3, 1);
    const StatementId first = world.delegate(admin.sign, AdminRole::admin);
    const StatementId second = world.delegate(registrar.sign, AdminRole::registrar);
    world.delegate(officer.sign, AdminRole::officer);
    const auto withdraw = [&](const Terminal& by, const StatementId& id) {
        return world.say(by.sign, StatementType::withdraw, id.bytes, WithdrawBody{});
    };
    EXPECT_FALSE(world.place(withdraw(registrar, first)));
    EXPECT_FALSE(world.place(withdraw(officer, second)));
    EXPECT_TRUE(world.place(withdraw(officer, id_of<StatementId>(5)))) << "what is no delegation they may";
    EXPECT_TRUE(world.place(withdraw(admin, second)));
    EXPECT_FALSE(check_author(world.view(), suspend(world, registrar.sign).statement, 0));
}

// A ticket of break-glass is used at a counter, whose terminal was delegated nothing.
TEST(Delegation, ATerminalSaysOfItsOwnTicketThatItIsUsedAndNothingElse) {
    World world;
    const Terminal here = world.join(1, 1);
    const Terminal elsewhere = world.join(2, 1);
    const auto person = [&](std::uint8_t n, Role role) {
        EXPECT_TRUE(world.place(world.say(world.authority, StatementType::person, id_of<PersonId>(n).bytes,
                                          PersonBody{role, 2, {here.group}, {}})));
        return id_of<PersonId>(n);
    };
    const PersonId stranded = person(1, Role::none);
    const By two{person(2, Role::administrator), "", person(3, Role::administrator)};
    const auto ticket = [&](const Terminal& terminal) {
        const Verified said = world.say(world.authority, StatementType::break_glass, stranded.bytes,
                                        BreakGlassBody{terminal.id, two}, world.now + std::chrono::hours{1});
        EXPECT_TRUE(world.place(said));
        return said.statement.id;
    };
    const StatementId mine = ticket(here);
    const StatementId theirs = ticket(elsewhere);
    const auto used = [&](const Terminal& by, const StatementId& id) {
        return world.say(by.sign, StatementType::withdraw, id.bytes, WithdrawBody{WithdrawReason::used, {}});
    };
    EXPECT_FALSE(world.place(used(here, theirs)));
    EXPECT_FALSE(world.place(used(elsewhere, mine)));
    EXPECT_FALSE(world.place(used(here, id_of<StatementId>(9)))) << "of a statement that nobody knows";
    EXPECT_FALSE(world.place(suspend(world, here.sign)));
    EXPECT_TRUE(open_authored(used(here, mine).sealed, world.view(), world.ledger, 0)) << "heard without its entry";
    EXPECT_TRUE(world.place(used(here, mine)));
    EXPECT_TRUE(world.view().break_glass.at(mine).record.used);
    EXPECT_FALSE(world.view().break_glass.at(theirs).record.used);
    ASSERT_TRUE(world.place(
        world.say(world.authority, StatementType::revoke_terminal, elsewhere.id.bytes, RevokeTerminalBody{})));
    EXPECT_FALSE(world.place(used(elsewhere, theirs)));
}

// What can be taken back is named by its id: that of another's gift is no name for one's own.
TEST(Delegation, NothingIsGivenUnderAnIdThatAnotherGiftHas) {
    World world;
    const Terminal admin = world.join(1, 1);
    const StatementId taken = world.delegate(admin.sign, AdminRole::admin);
    for (std::uint8_t n = 1; n <= 3; ++n)
        ASSERT_TRUE(world.place(world.say(admin.sign, StatementType::person, id_of<PersonId>(n).bytes,
                                          PersonBody{Role::administrator, 2, {admin.group}, {}})));
    const PersonId person = id_of<PersonId>(1);
    const Millis until = world.now + std::chrono::hours{1};
    MediaBody media;
    media.serial = "AB12";
    const By two{id_of<PersonId>(2), "", id_of<PersonId>(3)};
    const std::vector<Verified> gifts{
        world.say(admin.sign, StatementType::secret, person.bytes, SecretBody{}, until),
        world.say(admin.sign, StatementType::exemption, person.bytes, ExemptionBody{}, until),
        world.say(admin.sign, StatementType::break_glass, person.bytes, BreakGlassBody{admin.id, two}, until),
        world.say(admin.sign, StatementType::media, person.bytes, media, until),
        world.say(admin.sign, StatementType::extend, admin.id.bytes, ExtendBody{ExtendScope::terminal, {}}, until)};
    for (const Verified& gift : gifts) EXPECT_FALSE(world.place(World::under(taken, admin.sign, gift)));
    for (const Verified& gift : gifts) {
        ASSERT_TRUE(world.place(gift));
        for (const Verified& other : gifts)
            EXPECT_FALSE(world.place(World::under(gift.statement.id, admin.sign, other)))
                << static_cast<int>(gift.statement.type) << " " << static_cast<int>(other.statement.type);
        EXPECT_FALSE(world.place(World::under(gift.statement.id, world.authority,
                                              world.say(world.authority, StatementType::admin_key, {},
                                                        AdminKeyBody{raw(make_key()), AdminRole::helpdesk, "", {}}))));
    }
    EXPECT_EQ(world.view().fleet.admin_keys.at(taken).role, AdminRole::admin);
    EXPECT_TRUE(world.view().secrets.contains(gifts[0].statement.id));
}

TEST(Delegation, ATerminalRevokedBeforeItIsKnownIsNeverInForce) {
    World world;
    const auto denial = world.say(world.authority, StatementType::revoke_terminal, id_of<TerminalId>(1).bytes,
                                  RevokeTerminalBody{DenyReason::stolen, {}});
    ASSERT_TRUE(world.chain.ledger.hear(denial.statement, denial.sealed.hash()));
    const Terminal late = world.join(1, 1);
    EXPECT_EQ(world.view().fleet.terminals.at(late.id).standing, Standing::revoked);
    ASSERT_TRUE(world.place(denial));
    EXPECT_EQ(world.view().fleet.terminals.at(late.id).standing, Standing::revoked);
}

TEST(Delegation, ATerminalKeepsItsKeys) {
    World world;
    const Terminal one = world.join(1, 1);
    const auto again = [&](const crypto::PublicKey& sign, std::uint8_t id) {
        return world.place(world.say(world.authority, StatementType::terminal, id_of<TerminalId>(id).bytes,
                                     TerminalBody{"moved", id_of<GroupId>(2), sign, one.box.public_key(), {}}));
    };
    EXPECT_FALSE(again(make_key().public_key(), 1));
    EXPECT_FALSE(again(one.sign.public_key(), 2));
    EXPECT_TRUE(again(one.sign.public_key(), 1));
    EXPECT_EQ(world.view().fleet.terminals.at(one.id).group, id_of<GroupId>(2));
    EXPECT_EQ(world.view().fleet.terminals.at(one.id).name, "moved");
}

TEST(Delegation, TheSequencerRollsWithTheEntryThatBringsItsKey) {
    World world;
    auto next = make_key();
    const auto roll = world.say(world.authority, StatementType::key_epoch, {}, KeyEpochBody{2, next.public_key(), {}});
    EXPECT_FALSE(world.place(roll)) << "the old key placed it";
    std::swap(world.sequencer, next);
    EXPECT_FALSE(world.place(roll)) << "the old epoch";
    world.epoch = 2;
    EXPECT_TRUE(world.place(roll));
    EXPECT_TRUE(world.place(suspend(world, world.authority)));
    std::swap(world.sequencer, next);
    EXPECT_FALSE(world.place(suspend(world, world.authority))) << "the key that was rolled";
    std::swap(world.sequencer, next);
    EXPECT_FALSE(world.place(
        world.say(world.authority, StatementType::key_epoch, {}, KeyEpochBody{2, world.sequencer.public_key(), {}})));
    const auto again = verify_chain(world.root(), world.links);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->head.hash, world.chain.head.hash);
}

TEST(Delegation, AnotherAuthorityIsNone) {
    World world;
    Root other = world.root();
    other.author = raw(make_key());
    EXPECT_FALSE(verify_chain(other, world.links));
    other = world.root();
    other.sequencer = make_key().public_key();
    EXPECT_FALSE(verify_chain(other, world.links));
    other = world.root();
    other.ledger = LedgerId{{9}};
    EXPECT_FALSE(verify_chain(other, world.links));
}

}  // namespace
}  // namespace sekimori::test
