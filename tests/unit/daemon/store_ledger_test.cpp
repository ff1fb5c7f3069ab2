// SPDX-License-Identifier: Apache-2.0
// Denials known are a subset of denials applied: under every order, loss, repetition and restart of their delivery.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/unit/daemon/store_statements.hpp"

namespace sekimori::daemon {
namespace {

TEST(Ledger, ADenialIsInEffectBeforeItsEntry) {
    Maker make;
    Ledger ledger;
    ASSERT_TRUE(enter(ledger, make.person(1)));
    ASSERT_TRUE(enter(ledger, make.card(1, 1, 7)));
    const Statement denial = make.act(StatementType::revoke, Target::card, 1);
    ASSERT_TRUE(hear(ledger, denial));
    EXPECT_EQ(ledger.view().cards.at(id<CardId>(1)).record.state, CardState::revoked);
    EXPECT_EQ(ledger.pending().size(), 1U);
    ASSERT_TRUE(hear(ledger, denial));
    EXPECT_EQ(ledger.pending().size(), 1U);
    ASSERT_TRUE(enter(ledger, denial));
    EXPECT_TRUE(ledger.pending().empty());
    EXPECT_EQ(ledger.view().cards.at(id<CardId>(1)).record.state, CardState::revoked);
}

TEST(Ledger, AGrantIsNotHeard) {
    Maker make;
    Ledger ledger;
    EXPECT_EQ(hear(ledger, make.person(1)).error().code, ErrorCode::refused);
    EXPECT_EQ(hear(ledger, make.act(StatementType::reinstate, Target::card, 1)).error().code, ErrorCode::refused);
    EXPECT_TRUE(ledger.view().persons.empty());
}

TEST(Ledger, AnEntryOfAnEarlierActDoesNotUndoAHeardDenial) {
    Maker make;
    Ledger ledger;
    ASSERT_TRUE(enter(ledger, make.person(1)));
    ASSERT_TRUE(enter(ledger, make.card(1, 1, 7)));
    ASSERT_TRUE(enter(ledger, make.act(StatementType::suspend, Target::card, 1)));
    const Statement again = make.act(StatementType::suspend, Target::card, 1);
    ASSERT_TRUE(hear(ledger, again));
    ASSERT_TRUE(enter(ledger, make.act(StatementType::reinstate, Target::card, 1)));
    EXPECT_EQ(ledger.view().cards.at(id<CardId>(1)).record.state, CardState::suspended);
    ASSERT_TRUE(enter(ledger, again));
    EXPECT_EQ(ledger.view().cards.at(id<CardId>(1)).record.state, CardState::suspended);
}

TEST(Ledger, OldNewsIsNotAppliedAgain) {
    Maker make;
    Ledger ledger;
    ASSERT_TRUE(enter(ledger, make.person(1)));
    ASSERT_TRUE(enter(ledger, make.card(1, 1, 7)));
    const Statement denial = make.act(StatementType::suspend, Target::card, 1);
    ASSERT_TRUE(enter(ledger, denial));
    ASSERT_TRUE(enter(ledger, make.act(StatementType::reinstate, Target::card, 1)));
    ASSERT_TRUE(hear(ledger, denial));
    EXPECT_EQ(ledger.view().cards.at(id<CardId>(1)).record.state, CardState::active);
    EXPECT_EQ(enter(ledger, denial).error().code, ErrorCode::exists);
}

TEST(Ledger, ADescriptionShowsUnderTheOverlay) {
    Maker make;
    Ledger ledger;
    ASSERT_TRUE(enter(ledger, make.person(1)));
    ASSERT_TRUE(hear(ledger, make.act(StatementType::suspend, Target::person, 1)));
    ledger.describe(id<PersonId>(1), PersonBlob{"tanaka", "Tanaka", ""});
    EXPECT_EQ(ledger.view().persons.at(id<PersonId>(1)).record.login, "tanaka");
    ASSERT_TRUE(enter(ledger, make.person(2)));
    EXPECT_EQ(ledger.view().persons.at(id<PersonId>(1)).record.login, "tanaka");
}

// A model of what must be denied: walks the entered statements in chain order, then everything heard without an entry.
struct Model {
    std::map<int, CardState> cards;
    std::map<int, bool> keys, suspended, gone;

    static int subject(const Statement& statement) { return statement.subject[0]; }
    void act(const Statement& statement) {
        const auto body = decode_tlv<ActBody>(statement.body);
        if (!body) return;
        const int n = subject(statement);
        CardState& card = cards.try_emplace(n, CardState::active).first->second;
        switch (statement.type) {
            case StatementType::suspend:
                if (body->target == Target::person)
                    suspended[n] = true;
                else if (card == CardState::active)
                    card = CardState::suspended;
                break;
            case StatementType::revoke:
                if (body->target == Target::key)
                    keys[body->key->bytes[0]] = true;
                else
                    card = CardState::revoked;
                break;
            case StatementType::offboard:
                gone[n] = true;
                break;
            case StatementType::reinstate:
                if (body->target == Target::person)
                    suspended[n] = false;
                else if (card == CardState::suspended)
                    card = CardState::active;
                break;
            case StatementType::authority:
            case StatementType::terminal:
            case StatementType::admin_key:
            case StatementType::key_epoch:
            case StatementType::revoke_terminal:
            case StatementType::person:
            case StatementType::account:
            case StatementType::card:
            case StatementType::finger:
            case StatementType::policy:
            case StatementType::role:
            case StatementType::exemption:
            case StatementType::secret:
            case StatementType::break_glass:
            case StatementType::media:
            case StatementType::withdraw:
            case StatementType::details:
            case StatementType::returned:
            case StatementType::confirm:
            case StatementType::extend:
                break;
        }
    }
    void expect(const View& view) const {
        for (const auto& [card_id, card] : view.cards) {
            const int n = card_id.bytes[0];
            const auto wanted = cards.find(n);
            const bool denied = (wanted != cards.end() && wanted->second != CardState::active) ||
                                (keys.contains(card.record.key.bytes[0]) && keys.at(card.record.key.bytes[0])) ||
                                (gone.contains(card.record.person.bytes[0]));
            // And nothing else is: a denial that nobody made locks people out.
            EXPECT_EQ(card.record.state != CardState::active, denied) << "card " << n;
        }
        for (const auto& [person_id, person] : view.persons) {
            const int n = person_id.bytes[0];
            if (gone.contains(n))
                EXPECT_EQ(person.record.state, PersonState::gone);
            else if (suspended.contains(n) && suspended.at(n))
                EXPECT_EQ(person.record.state, PersonState::suspended);
            else
                EXPECT_EQ(person.record.state, PersonState::active);
        }
    }
};

// One author's acts in the order of their chain: people and cards come at any time, also after denials that name them.
std::vector<Statement> chain_of(std::mt19937& random) {
    Maker make;
    const auto pick = [&](int n) { return static_cast<std::uint8_t>(1 + random() % static_cast<unsigned>(n)); };
    std::vector<Statement> grants;
    for (std::uint8_t n = 1; n <= 3; ++n) grants.push_back(make.person(n));
    for (std::uint8_t n = 1; n <= 5; ++n)
        grants.push_back(make.card(n, static_cast<std::uint8_t>(1 + n % 3), static_cast<std::uint8_t>(n + 10)));
    std::vector<Statement> chain;
    for (int i = 0; i < 24; ++i) {
        switch (random() % 8) {
            case 0:
                chain.push_back(make.act(StatementType::revoke, Target::card, pick(5)));
                break;
            case 1:
            case 2:
                chain.push_back(make.act(StatementType::suspend, Target::card, pick(5)));
                break;
            case 3:
                chain.push_back(make.act(StatementType::reinstate, Target::card, pick(5)));
                break;
            case 4:
                chain.push_back(make.revoke_key(static_cast<std::uint8_t>(pick(5) + 10), DenyReason::lost));
                break;
            case 5:
                chain.push_back(make.act(StatementType::suspend, Target::person, pick(3)));
                break;
            case 6:
                chain.push_back(make.act(StatementType::reinstate, Target::person, pick(3)));
                break;
            default:
                if (random() % 4 == 0) chain.push_back(make.act(StatementType::offboard, Target::person, pick(3)));
                break;
        }
    }
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < grants.size(); ++i) places.push_back(random() % (chain.size() + 1));
    std::ranges::sort(places);
    for (std::size_t i = grants.size(); i-- > 0;)
        chain.insert(chain.begin() + static_cast<std::ptrdiff_t>(places[i]), grants[i]);
    return chain;
}

TEST(Ledger, DenialsKnownAreASubsetOfDenialsApplied) {
    for (unsigned seed = 0; seed < 300; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937 random(seed);
        const std::vector<Statement> chain = chain_of(random);
        Ledger ledger;
        std::size_t entered = 0;        // entries come in order, some never
        std::vector<Statement> stored;  // what a restart finds: denials heard and written down
        for (int step = 0; step < 60; ++step) {
            switch (random() % 4) {
                case 0:  // a denial arrives from anywhere, early, late or again
                case 1: {
                    const Statement& one = chain[random() % chain.size()];
                    if (!denies(one.type)) break;
                    ASSERT_TRUE(hear(ledger, one));
                    stored.push_back(one);
                    break;
                }
                case 2:  // the next entry
                    if (entered == chain.size()) break;
                    ASSERT_TRUE(enter(ledger, chain[entered++]));
                    break;
                default: {  // a restart
                    Ledger again;
                    for (std::size_t i = 0; i < entered; ++i) ASSERT_TRUE(enter(again, chain[i]));
                    std::ranges::shuffle(stored, random);
                    for (const Statement& one : stored) ASSERT_TRUE(hear(again, one));
                    ledger = std::move(again);
                    break;
                }
            }
            Model model;
            for (std::size_t i = 0; i < entered; ++i) model.act(chain[i]);
            for (const Statement& one : stored)
                if (!ledger.entered(hash_of(one))) model.act(one);
            model.expect(ledger.view());
            if (HasFailure()) return;
        }
    }
}

}  // namespace
}  // namespace sekimori::daemon
