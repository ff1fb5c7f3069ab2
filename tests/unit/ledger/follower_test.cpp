// SPDX-License-Identifier: Apache-2.0
// One who follows a chain over a way that loses, repeats, reorders and lies.
#include "ledger/follower.hpp"

#include <random>

#include "tests/unit/ledger/acts.hpp"

namespace sekimori::test {
namespace {

// What a view says of everything that a denial can touch.
std::string told(const View& view) {
    std::string text;
    for (const auto& [id, card] : view.cards)
        text += "card " + id.hex() + " " + name_of(card.record.state) + " " + name_of(card.record.reason) + "\n";
    for (const auto& [id, person] : view.persons)
        text += "person " + id.hex() + " " + name_of(person.record.state) + " " +
                std::to_string(person.accounts.size()) + "\n";
    for (const auto& [id, finger] : view.fingers) text += "finger " + id.hex() + "\n";
    for (const auto& [id, denial] : view.denied_cards)
        text += "denied card " + id.hex() + " " + name_of(denial.state) + " " + name_of(denial.reason) + "\n";
    for (const auto& [key, reason] : view.denied_keys) text += "denied key " + key.hex() + " " + name_of(reason) + "\n";
    for (const auto& [id, state] : view.denied_persons) text += "denied " + id.hex() + " " + name_of(state) + "\n";
    for (const auto& [id, terminal] : view.fleet.terminals)
        text += "terminal " + id.hex() + (terminal.standing == Standing::revoked ? " revoked\n" : "\n");
    for (const auto& [id, key] : view.fleet.admin_keys)
        text += "key " + id.hex() + (key.standing == Standing::revoked ? " revoked\n" : "\n");
    for (const auto& [id, why] : view.withdrawn) text += "withdrawn " + id.hex() + "\n";
    for (const auto& [key, entry] : view.suspensions)
        text += "suspension " + key.id.hex() + " of " + to_hex(key.subject) + " by " + to_hex(key.author) + " " +
                std::to_string(static_cast<int>(entry.stands)) + "\n";
    return text;
}

TEST(Follower, DenialsKnownAreASubsetOfDenialsApplied) {
    for (unsigned seed = 1; seed <= 24; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Acts acts(seed);
        acts.grow(60);
        const std::vector<Link>& links = acts.world.links;
        // The truth after so many entries, verified once.
        std::vector<Chain> truth(1);
        for (const Link& link : links) {
            truth.push_back(truth.back());
            ASSERT_TRUE(extend(truth.back(), acts.world.root(), link));
        }
        Chain chain;
        Follower follower(acts.world.root(), chain);
        std::vector<SignedStatement> reserve;  // denials heard, as the disk keeps them
        for (int step = 0; step < 250; ++step) {
            const Link& any = links[acts.random() % links.size()];
            const std::uint64_t at = chain.head.seq;
            switch (acts.random() % 8) {
                case 0:
                case 1:  // by notification, early, late or again
                    if (const auto heard = follower.hear(any.statement); heard && heard->news == News::fresh)
                        reserve.push_back(any.statement);
                    break;
                case 2:  // an entry out of its order, or again
                    (void)follower.take(any);
                    break;
                case 3:  // a statement under another's entry
                    (void)follower.take({any.entry, links[acts.random() % links.size()].statement});
                    break;
                case 4: {  // damaged on the way
                    Link damaged = any;
                    Bytes& bytes = acts.random() % 2 == 0 ? damaged.entry.bytes : damaged.statement.bytes;
                    bytes[acts.random() % bytes.size()] ^= static_cast<std::uint8_t>(1U << (acts.random() % 8));
                    EXPECT_FALSE(follower.take(damaged));
                    if (damaged.statement.bytes != any.statement.bytes) EXPECT_FALSE(follower.hear(damaged.statement));
                    break;
                }
                case 5: {  // a restart
                    chain = truth[at];
                    std::ranges::shuffle(reserve, acts.random);
                    for (const SignedStatement& one : reserve) (void)follower.hear(one);
                    break;
                }
                default:  // the next one
                    if (at < links.size()) ASSERT_TRUE(follower.take(links[at]));
                    break;
            }
            // What must hold: the chain so far, then every denial that was heard and that it does not hold yet, but for
            // those whose authors may not say them any more: they are given up for good.
            const Chain& so_far = truth[chain.head.seq];
            std::erase_if(reserve, [&](const SignedStatement& one) {
                return !so_far.ledger.entered(one.hash()) &&
                       !check_author(so_far.ledger.view(), *decode_tlv<Statement>(one.bytes), so_far.head.time);
            });
            ASSERT_EQ(chain.head.hash, so_far.head.hash);
            View expected = so_far.ledger.view();
            for (const SignedStatement& one : reserve) {
                const auto statement = decode_tlv<Statement>(one.bytes);
                if (!so_far.ledger.entered(one.hash())) ASSERT_TRUE(apply(expected, *statement));
            }
            ASSERT_EQ(told(follower.view()), told(expected)) << "step " << step;
        }
        for (std::uint64_t at = chain.head.seq; at < links.size(); ++at) ASSERT_TRUE(follower.take(links[at]));
        EXPECT_EQ(told(follower.view()), told(acts.world.view())) << "caught up, it is the chain and nothing else";
        EXPECT_TRUE(chain.ledger.pending().empty());
    }
}

TEST(Follower, HearsNoDenialOfADelegationThatIsLongOverByTheHead) {
    World world;
    const Terminal desk = world.join(1, 1);
    const Millis end = world.now + Millis{60'000};
    world.delegate(desk.sign, AdminRole::helpdesk, end);
    const auto suspend = [&](std::uint8_t card) {
        return world.say(desk.sign, StatementType::suspend, Bytes(16, card),
                         ActBody{Target::card, std::nullopt, DenyReason::none, {}});
    };
    const Verified first = suspend(1), second = suspend(2);
    Chain chain;
    Follower follower(world.root(), chain);
    for (const Link& link : world.links) ASSERT_TRUE(follower.take(link));
    ASSERT_TRUE(follower.hear(first.sealed));
    world.now = end + std::chrono::hours{24 * 7};
    ASSERT_TRUE(world.place(world.say(world.authority, StatementType::person, Bytes(16, 1), PersonBody{})));
    ASSERT_TRUE(follower.take(world.links.back()));
    EXPECT_EQ(follower.hear(second.sealed).error().code, ErrorCode::refused) << "whatever date it bears";
}

// Notified and never submitted: what ends its author ends it.
TEST(Follower, ADenialThatCanHaveNoEntryAnyMoreIsGivenUp) {
    for (const bool by_day : {false, true}) {
        World world;
        const Terminal desk = world.join(1, 1);
        const Millis end = world.now + Millis{60'000};
        const StatementId given = world.delegate(desk.sign, AdminRole::helpdesk, by_day ? end : Millis{0});
        const auto act = [&](const crypto::SigningKey& by, StatementType type) {
            return world.say(by, type, Bytes(16, 1), ActBody{Target::person, std::nullopt, DenyReason::none, {}});
        };
        ASSERT_TRUE(world.place(world.say(world.authority, StatementType::person, Bytes(16, 1), PersonBody{})));
        Chain chain;
        Follower follower(world.root(), chain);
        for (const Link& link : world.links) ASSERT_TRUE(follower.take(link));
        ASSERT_TRUE(follower.hear(act(desk.sign, StatementType::suspend).sealed));
        const auto place = [&](const Verified& said) {
            ASSERT_TRUE(world.place(said));
            ASSERT_TRUE(follower.take(world.links.back()));
        };
        const auto state = [&] { return follower.view().persons.at(id_of<PersonId>(1)).record.state; };
        place(act(world.authority, StatementType::reinstate));
        EXPECT_EQ(state(), PersonState::suspended) << "it may still get its entry";
        if (by_day)
            world.now = end + std::chrono::hours{24 * 7};
        else
            place(world.say(world.authority, StatementType::withdraw, given.bytes, WithdrawBody{}));
        place(act(world.authority, StatementType::reinstate));
        EXPECT_EQ(state(), PersonState::active);
        EXPECT_TRUE(chain.ledger.pending().empty());
        EXPECT_EQ(told(follower.view()), told(world.view()));
    }
}

TEST(Follower, AFloodOfOneLeavesRoomForAnother) {
    World world;
    const Terminal desk = world.join(1, 1), other = world.join(2, 1);
    world.delegate(desk.sign, AdminRole::helpdesk);
    world.delegate(other.sign, AdminRole::helpdesk);
    Chain chain;
    Follower follower(world.root(), chain);
    for (const Link& link : world.links) ASSERT_TRUE(follower.take(link));
    const auto suspend = [&](const Terminal& by) {
        return world.say(by.sign, StatementType::suspend, world.rng.draw<CardId>().value().bytes,
                         ActBody{Target::card, std::nullopt, DenyReason::none, {}});
    };
    const Verified first = suspend(desk);
    ASSERT_TRUE(follower.hear(first.sealed));
    for (std::size_t i = 1; i < kMostWaitingOfOne; ++i) ASSERT_TRUE(follower.hear(suspend(desk).sealed));
    const Verified more = suspend(desk);
    EXPECT_EQ(follower.hear(more.sealed).error().code, ErrorCode::full);
    EXPECT_EQ(follower.hear(first.sealed)->news, News::known);
    EXPECT_TRUE(follower.hear(suspend(other).sealed));
    ASSERT_TRUE(world.place(more));
    EXPECT_TRUE(follower.take(world.links.back())) << "it comes with its entry";
    EXPECT_EQ(chain.ledger.pending().size(), kMostWaitingOfOne + 1);
}

// Whoever is behind may hear first that an author is out: the entries from before are no lies for that.
TEST(Follower, ADenialThatIsHeardEarlyKeepsNoEntryFromBeingTaken) {
    for (const StatementType out : {StatementType::withdraw, StatementType::revoke_terminal}) {
        World world;
        const Terminal office = world.join(1, 1);
        const StatementId given = world.delegate(office.sign, AdminRole::admin);
        const std::size_t behind = world.links.size();
        const Verified person = world.say(office.sign, StatementType::person, Bytes(16, 1), PersonBody{});
        ASSERT_TRUE(world.place(person));
        ASSERT_TRUE(world.place(world.say(office.sign, StatementType::suspend, Bytes(16, 5),
                                          ActBody{Target::card, std::nullopt, DenyReason::none, {}})));
        const Verified end = out == StatementType::withdraw
                                 ? world.say(world.authority, out, given.bytes, WithdrawBody{})
                                 : world.say(world.authority, out, office.id.bytes, RevokeTerminalBody{});
        ASSERT_TRUE(world.place(end));
        Chain chain;
        Follower follower(world.root(), chain);
        for (std::size_t i = 0; i < behind; ++i) ASSERT_TRUE(follower.take(world.links[i]));
        ASSERT_TRUE(follower.hear(end.sealed));
        EXPECT_FALSE(check_author(follower.view(), person.statement, chain.head.time)) << "it counts at once";
        for (std::size_t i = behind; i < world.links.size(); ++i) {
            const auto taken = follower.take(world.links[i]);
            ASSERT_TRUE(taken) << taken.error().message;
        }
        EXPECT_EQ(chain.head.hash, world.chain.head.hash);
        EXPECT_EQ(told(follower.view()), told(world.view()));
        EXPECT_TRUE(follower.view().persons.contains(id_of<PersonId>(1)));
    }
}

TEST(Follower, SaysWhyAnEntryIsNotTaken) {
    Acts acts(1);
    acts.grow(12);
    World& world = acts.world;
    Chain chain;
    Follower follower(world.root(), chain);
    EXPECT_EQ(follower.take(world.links[3]).error().code, ErrorCode::gone);
    for (int i = 0; i < 6; ++i) ASSERT_TRUE(follower.take(world.links[static_cast<std::size_t>(i)]));
    EXPECT_EQ(follower.take(world.links[2]).error().code, ErrorCode::exists);

    // The sequencer itself gives a place away twice; and somebody else pretends to be it.
    const auto other = acts.act(world.authority, StatementType::suspend, Target::card, 6);
    const ChainHead before{4, chain.hashes[3], 0};
    const auto fork = make_link(before, {world.ledger, 1, world.sequencer}, other.sealed, world.now).value();
    EXPECT_EQ(follower.take(fork).error().code, ErrorCode::mismatch);
    const auto forger = make_key();
    const auto forged = make_link(before, {world.ledger, 1, forger}, other.sealed, world.now).value();
    EXPECT_EQ(follower.take(forged).error().code, ErrorCode::corrupt);
    const ChainHead head = chain.head;
    EXPECT_EQ(follower.take(make_link(head, {world.ledger, 1, forger}, other.sealed, world.now).value()).error().code,
              ErrorCode::corrupt);
    EXPECT_EQ(follower.take(make_link(head, {LedgerId{{9}}, 1, world.sequencer}, other.sealed, world.now).value())
                  .error()
                  .code,
              ErrorCode::corrupt);
    EXPECT_EQ(chain.head.hash, head.hash);
}

TEST(Follower, HearsOnlyWhatDeniesAndOnlyFromWhoMay) {
    World world;
    const Terminal desk = world.join(1, 1);
    Chain chain;
    Follower follower(world.root(), chain);
    const auto denial = world.say(desk.sign, StatementType::suspend, Bytes(16, 1),
                                  ActBody{Target::card, std::nullopt, DenyReason::none, {}});
    for (const Link& link : world.links) ASSERT_TRUE(follower.take(link));
    EXPECT_EQ(follower.hear(denial.sealed).error().code, ErrorCode::mismatch) << "no delegation yet";
    world.delegate(desk.sign, AdminRole::helpdesk);
    ASSERT_TRUE(follower.take(world.links.back()));
    ASSERT_TRUE(follower.hear(denial.sealed));
    EXPECT_EQ(follower.hear(denial.sealed)->news, News::known);
    EXPECT_EQ(follower.view().denied_cards.size(), 1U);
    EXPECT_EQ(follower.hear(world.say(world.authority, StatementType::person, Bytes(16, 1), PersonBody{}).sealed)
                  .error()
                  .code,
              ErrorCode::refused);
    EXPECT_EQ(follower
                  .hear(world
                            .say(desk.sign, StatementType::revoke, Bytes(16, 1),
                                 ActBody{Target::card, std::nullopt, DenyReason::lost, {}})
                            .sealed)
                  .error()
                  .code,
              ErrorCode::refused);
}

// An id is its author's choice: whoever heard a denial can sign another one under the same.
TEST(Follower, TwoDenialsOfOneIdAreBothInForceAndBothPlaced) {
    World world;
    const Terminal office = world.join(1, 1), desk = world.join(2, 1);
    world.delegate(office.sign, AdminRole::officer);
    world.delegate(desk.sign, AdminRole::helpdesk);
    const Verified denial =
        world.say(office.sign, StatementType::revoke, Bytes(16, 1), ActBody{Target::card, {}, DenyReason::lost, {}});
    const Verified other = World::under(
        denial.statement.id, desk.sign,
        world.say(desk.sign, StatementType::suspend, Bytes(16, 2), ActBody{Target::card, {}, DenyReason::none, {}}));
    Chain before;
    for (const Link& link : world.links) ASSERT_TRUE(extend(before, world.root(), link));
    for (const bool heard_first : {true, false})
        for (const bool placed_first : {true, false}) {
            Chain chain = before;
            Follower follower(world.root(), chain);
            EXPECT_EQ(follower.hear((heard_first ? other : denial).sealed)->news, News::fresh);
            EXPECT_EQ(follower.hear((heard_first ? denial : other).sealed)->news, News::fresh);
            EXPECT_EQ(follower.hear(denial.sealed)->news, News::known);
            const auto both = [&] {
                EXPECT_EQ(follower.view().denied_cards.at(id_of<CardId>(1)).state, CardState::revoked);
                EXPECT_EQ(follower.view().denied_cards.at(id_of<CardId>(2)).state, CardState::suspended);
            };
            both();
            for (const bool first : {true, false}) {
                const Verified& next = first == placed_first ? other : denial;
                const auto link =
                    make_link(chain.head, {world.ledger, 1, world.sequencer}, next.sealed, world.now).value();
                const auto taken = follower.take(link);
                ASSERT_TRUE(taken) << taken.error().message;
                EXPECT_EQ(taken->news, News::known);
                EXPECT_EQ(chain.ledger.pending().size(), first ? 1U : 0U);
                both();
            }
        }
}

TEST(Follower, HeartbeatsAndAcknowledgementsAreOfWhoTheySay) {
    World world;
    const Terminal one = world.join(1, 1), two = world.join(2, 1);
    Chain chain;
    Follower follower(world.root(), chain);
    for (const Link& link : world.links) ASSERT_TRUE(follower.take(link));
    const auto beat = [&](std::uint32_t epoch, std::uint64_t seq, const Hash& hash, const crypto::SigningKey& key) {
        return follower.open_beat(
            sign_record(Heartbeat{.ledger = world.ledger, .epoch = epoch, .seq = seq, .hash = hash, .time = 5},
                        signer_of(key))
                .value());
    };
    const Hash head = world.chain.head.hash;
    EXPECT_EQ(follower.holds(beat(1, 3, head, world.sequencer).value()), Holds::yes);
    EXPECT_EQ(follower.holds(beat(1, 4, head, world.sequencer).value()), Holds::no);
    EXPECT_EQ(follower.holds(beat(1, 2, head, world.sequencer).value()), Holds::another);
    EXPECT_EQ(follower.holds(beat(1, 0, head, world.sequencer).value()), Holds::another);
    EXPECT_FALSE(beat(2, 3, head, world.sequencer));
    EXPECT_FALSE(beat(1, 3, head, one.sign));

    const auto ack = [&](const TerminalId& of, const crypto::SigningKey& key) {
        return follower.open_ack(
            sign_record(Acknowledgement{.ledger = world.ledger, .terminal = of}, signer_of(key)).value());
    };
    EXPECT_TRUE(ack(one.id, one.sign));
    EXPECT_FALSE(ack(one.id, two.sign));
    EXPECT_FALSE(ack(id_of<TerminalId>(9), one.sign));
}

}  // namespace
}  // namespace sekimori::test
