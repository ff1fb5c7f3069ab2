// SPDX-License-Identifier: Apache-2.0
// What makes a proof out of a code, a password or two administrators' word, and everything that does not.
#include <gtest/gtest.h>

#include "core/verifier.hpp"
#include "tests/unit/core/proofs.hpp"

namespace sekimori {
namespace {

using test::id_of;
using test::instant;

const Binding kBinding{id_of<TransactionId>(1), id_of<PersonId>(1)};
const TerminalId kHere = id_of<TerminalId>(1);
const std::vector<std::uint8_t> kStored{1, 2, 3};

class Secrets : public testing::Test {
  protected:
    Secrets() {
        secret.person = kBinding.person;
        secret.until = Millis{100};
    }
    Result<KnowledgeProof> try_it(const Instant& now, ByteSpan typed = kStored, ByteSpan stored = kStored) {
        return SecretVerifier(hashes).verify(kBinding, secret, now, stored, typed);
    }
    test::FakeHashes hashes;
    SecretRecord secret;
};

TEST_F(Secrets, ACodeIsACodeAndAPasswordAPassword) {
    const auto code = try_it(instant(99));
    ASSERT_TRUE(code);
    EXPECT_EQ(code->factor(), Factor::code);
    EXPECT_EQ(code->binding(), kBinding);
    secret.use = SecretUse::password;
    EXPECT_EQ(try_it(instant(99))->factor(), Factor::password);
}

TEST_F(Secrets, ItEndsAndNobodyTellsOnAWrongClock) {
    EXPECT_FALSE(try_it(instant(100)));
    EXPECT_FALSE(try_it(instant(1, WallQuality::suspect)));
    secret.until = Millis{0};
    EXPECT_FALSE(try_it(instant(1))) << "a code without an end is none";
    secret.use = SecretUse::password;
    EXPECT_TRUE(try_it(instant(1)));
    EXPECT_TRUE(try_it(instant(1, WallQuality::suspect))) << "what does not end needs no clock";
    EXPECT_EQ(hashes.asked, 2) << "what is over is not compared";
}

TEST_F(Secrets, AnothersWrongOrEmptyOnesProveNothing) {
    EXPECT_EQ(try_it(instant(1), std::vector<std::uint8_t>{1, 2}).error().code, ErrorCode::mismatch);
    EXPECT_EQ(try_it(instant(1), {}, {}).error().code, ErrorCode::mismatch);
    EXPECT_EQ(try_it(instant(1), {}, kStored).error().code, ErrorCode::mismatch);
    secret.person = id_of<PersonId>(2);
    EXPECT_EQ(try_it(instant(1)).error().code, ErrorCode::refused);
}

class Tickets : public testing::Test {
  protected:
    Status try_it(const Instant& now, const TerminalId& terminal = kHere, ByteSpan typed = kStored) {
        const auto proof = BreakGlassVerifier(hashes).verify(kBinding, ticket, terminal, now, kStored, typed);
        if (!proof) return tl::unexpected<Error>(proof.error());
        EXPECT_EQ(proof->binding(), kBinding);
        EXPECT_EQ(proof->statement(), ticket.id);
        return {};
    }
    test::FakeHashes hashes;
    BreakGlassRecord ticket{test::ticket_of(kBinding.person, id_of<StatementId>(7))};
};

TEST_F(Tickets, TwoOthersMayLetSomebodyInHereAndNow) {
    EXPECT_TRUE(try_it(instant(99)));
    EXPECT_FALSE(try_it(instant(99), kHere, std::vector<std::uint8_t>{9}));
    EXPECT_FALSE(try_it(instant(100)));
    EXPECT_FALSE(try_it(instant(1, WallQuality::suspect)));
    EXPECT_FALSE(try_it(instant(1), id_of<TerminalId>(2)));
    ticket.used = true;
    EXPECT_FALSE(try_it(instant(1)));
}

TEST_F(Tickets, OneIsNotTwo) {
    const BreakGlassRecord good = ticket;
    for (const auto& spoil : std::vector<std::function<void()>>{
             [&] { ticket.second = ticket.by; }, [&] { ticket.second.reset(); }, [&] { ticket.by.reset(); },
             [&] { ticket.by = ticket.person; }, [&] { ticket.second = ticket.person; },
             [&] { ticket.second = PersonId{}; }, [&] { ticket.person = id_of<PersonId>(2); }}) {
        ticket = good;
        spoil();
        EXPECT_FALSE(try_it(instant(1)));
    }
    EXPECT_EQ(hashes.asked, 0);
}

// Every set that can be written, with every evidence that there is: a grant needs each factor that is named.
TEST(Grants, ForASetNothingLessWillDo) {
    const CardId card = id_of<CardId>(1);
    const auto transaction = kBinding.transaction;
    const auto possession = test::card_proofs(transaction, kBinding.person, card, CardSlot::piv_9a);
    const auto inherence = test::finger_proof(transaction, kBinding.person);
    const std::vector<std::optional<KnowledgeProof>> known{
        std::nullopt, possession.knowledge, test::secret_proof(transaction, kBinding.person, SecretUse::code),
        test::secret_proof(transaction, kBinding.person, SecretUse::password)};
    int grants = 0;
    for (const char* text :
         {"card+finger", "card+pin", "card+finger+pin", "card+password", "card+finger+password", "code+finger",
          "finger+pin", "finger+password", "card+code", "card+code+finger", "card+pin+password", "code+finger+pin"}) {
        const auto set = *FactorSet::parse(text);
        for (const bool has_card : {false, true})
            for (const bool has_finger : {false, true})
                for (const auto& knowledge : known) {
                    Evidence evidence{std::nullopt, knowledge, std::nullopt};
                    if (has_card) evidence.possession = possession.possession;
                    if (has_finger) evidence.inherence = inherence;
                    bool enough = set.provable() && (!set.has(Factor::card) || has_card) &&
                                  (!set.has(Factor::finger) || has_finger);
                    for (const Factor factor : {Factor::pin, Factor::password, Factor::code})
                        if (set.has(factor)) enough = enough && knowledge && knowledge->factor() == factor;
                    EXPECT_EQ(Grant::for_set(set, evidence).has_value(), enough) << text;
                    grants += enough ? 1 : 0;
                }
    }
    EXPECT_GT(grants, 6);
}

TEST(Grants, ProofsOfTwoPersonsAreNone) {
    const auto set = *FactorSet::parse("code+finger");
    const auto code = test::secret_proof(kBinding.transaction, id_of<PersonId>(2), SecretUse::code);
    EXPECT_FALSE(Grant::for_set(set, {std::nullopt, code, test::finger_proof(kBinding.transaction, kBinding.person)}));
}

}  // namespace
}  // namespace sekimori
