// SPDX-License-Identifier: Apache-2.0
// Statements and entries: the author's good signature over exactly these bytes under exactly this type, or nothing.
#include "ledger/statement.hpp"

#include <gtest/gtest.h>

#include "crypto/system.hpp"
#include "ledger/entry.hpp"

namespace sekimori::daemon {
namespace {

class StatementTest : public testing::Test {
  protected:
    crypto::SigningKey make_key() {
        auto made = crypto::SigningKey::generate(rng);
        EXPECT_TRUE(made);
        return std::move(*made);
    }
    Statement some(StatementType type = StatementType::revoke) const {
        Statement statement;
        statement.ledger = ledger;
        statement.id = StatementId{{7}};
        statement.key = key_id(author.public_key());
        statement.type = type;
        statement.body = {1, 2, 3};
        return statement;
    }
    SignedStatement sign(const Statement& statement) const {
        auto made = sign_statement(statement, author);
        EXPECT_TRUE(made);
        return made.value_or(SignedStatement{});
    }
    Result<Statement> read(const SignedStatement& sealed) const {
        return open_statement(sealed, author.public_key(), ledger);
    }
    crypto::SystemRng rng;
    const LedgerId ledger{{1}};
    const crypto::SigningKey author = make_key(), stranger = make_key();
};

TEST_F(StatementTest, WhatWasSignedIsRead) {
    const auto read_back = read(sign(some()));
    ASSERT_TRUE(read_back) << read_back.error().message;
    EXPECT_EQ(read_back->type, StatementType::revoke);
    EXPECT_EQ(read_back->id, some().id);
    EXPECT_EQ(read_back->body, some().body);
}

TEST_F(StatementTest, EveryByteIsSigned) {
    const SignedStatement good = sign(some());
    for (std::size_t at = 0; at < good.bytes.size(); ++at) {
        SignedStatement damaged = good;
        damaged.bytes[at] ^= 1;
        EXPECT_EQ(read(damaged).error().code, ErrorCode::mismatch) << at;
        EXPECT_NE(damaged.hash(), good.hash());
    }
    SignedStatement longer = good;
    longer.bytes.push_back(0);
    EXPECT_EQ(read(longer).error().code, ErrorCode::mismatch);
}

TEST_F(StatementTest, ASignatureCountsForItsTypeOnly) {
    for (const auto type : {StatementType::suspend, StatementType::reinstate, StatementType::card}) {
        SignedStatement other = sign(some());
        other.type = type;
        EXPECT_EQ(read(other).error().code, ErrorCode::mismatch);
    }
    // Signed under a label that the statement inside does not have.
    Statement lying = some(StatementType::reinstate);
    auto bytes = encode_tlv_plain(lying);
    ASSERT_TRUE(bytes);
    const auto signature = author.sign("sekimori statement 1 revoke", *bytes);
    ASSERT_TRUE(signature);
    EXPECT_EQ(read({StatementType::revoke, *bytes, {{lying.key, *signature}}}).error().code, ErrorCode::mismatch);
}

TEST_F(StatementTest, AStrangersSignatureIsNone) {
    auto other = sign_statement(some(), stranger);
    ASSERT_TRUE(other);
    EXPECT_EQ(read(*other).error().code, ErrorCode::mismatch);
    // Nor does it help to name the author's key, or the author to be named beside.
    other->signatures.push_back({key_id(author.public_key()), {}});
    EXPECT_EQ(read(*other).error().code, ErrorCode::mismatch);
    other->signatures.clear();
    EXPECT_EQ(read(*other).error().code, ErrorCode::mismatch);
}

TEST_F(StatementTest, AnotherLedgersStatementIsNone) {
    Statement foreign = some();
    foreign.ledger = LedgerId{{2}};
    EXPECT_EQ(read(sign(foreign)).error().code, ErrorCode::mismatch);
}

TEST_F(StatementTest, LaterFormatsAndTypesAreUnsupported) {
    Statement later = some();
    later.fmt = 2;
    EXPECT_EQ(read(sign(later)).error().code, ErrorCode::unsupported);
    EXPECT_EQ(sign_statement(some(static_cast<StatementType>(40)), author).error().code, ErrorCode::unsupported);
    SignedStatement gap = sign(some());
    gap.type = static_cast<StatementType>(40);
    EXPECT_EQ(read(gap).error().code, ErrorCode::unsupported);
    EXPECT_FALSE(known(static_cast<StatementType>(0)));
    EXPECT_TRUE(known(StatementType::extend));
}

TEST_F(StatementTest, ABodyIsBounded) {
    Statement large = some();
    large.body.resize(kMaxBody + 1);
    EXPECT_EQ(sign_statement(large, author).error().code, ErrorCode::too_large);
    large.body.resize(kMaxBody);
    EXPECT_TRUE(read(sign(large)));
}

class EntryTest : public StatementTest {
  protected:
    Entry first() const {
        Entry entry;
        entry.ledger = ledger;
        entry.seq = 1;
        entry.statement.fill(9);
        entry.time = 100;
        return entry;
    }
    ErrorCode refused(const Entry& entry, const ChainHead& head = {}) {
        const auto sealed = sign_entry(entry, author);
        EXPECT_TRUE(sealed);
        Hash statement{};
        statement.fill(9);
        const auto opened = open_entry(*sealed, Sequencer{1, author.public_key()}, ledger, head, statement);
        EXPECT_FALSE(opened);
        return opened ? ErrorCode::internal : opened.error().code;
    }
};

TEST_F(EntryTest, FollowsTheOneBefore) {
    const auto one = sign_entry(first(), author);
    ASSERT_TRUE(one);
    ASSERT_TRUE(open_entry(*one, Sequencer{1, author.public_key()}, ledger, {}, first().statement));
    Entry second = first();
    second.seq = 2;
    second.previous = one->hash();
    const auto two = sign_entry(second, author);
    ASSERT_TRUE(two);
    EXPECT_TRUE(open_entry(*two, Sequencer{1, author.public_key()}, ledger, {1, one->hash(), 100}, first().statement));
    EXPECT_FALSE(open_entry(*two, Sequencer{1, author.public_key()}, ledger, {}, first().statement));
    EXPECT_FALSE(open_entry(*two, Sequencer{1, author.public_key()}, ledger, {2, one->hash(), 100}, first().statement));
    EXPECT_FALSE(open_entry(*two, Sequencer{1, author.public_key()}, ledger, {1, two->hash(), 100}, first().statement));
    EXPECT_FALSE(
        open_entry(*two, Sequencer{1, stranger.public_key()}, ledger, {1, one->hash(), 100}, first().statement));
    EXPECT_FALSE(
        open_entry(*two, Sequencer{1, author.public_key()}, LedgerId{{2}}, {1, one->hash(), 100}, first().statement));
    EXPECT_FALSE(open_entry(*two, Sequencer{1, author.public_key()}, ledger, {1, one->hash(), 100}, Hash{}));
}

TEST_F(EntryTest, NoGapAndNoOtherFormat) {
    Entry entry = first();
    entry.seq = 2;
    EXPECT_EQ(refused(entry), ErrorCode::mismatch);
    entry = first();
    entry.fmt = 2;
    EXPECT_EQ(refused(entry), ErrorCode::unsupported);
}

}  // namespace
}  // namespace sekimori::daemon
