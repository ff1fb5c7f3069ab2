// SPDX-License-Identifier: Apache-2.0
// The authority's key on a card: which card it is, when its PIN is asked for and presented, and what ends it.
#include "fleet/authority/card_author.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "crypto/es256.hpp"
#include "crypto/system.hpp"
#include "fleet/authority/chain_log.hpp"
#include "fleet/authority/state.hpp"
#include "tests/unit/fleet/card_host.hpp"

namespace sekimori::fleet {
namespace {

using test::CardHost;
using test::piv_card;

constexpr crypto::Label kLabel("something to sign");
const Bytes kText{1, 2, 3};

class OnACard : public testing::Test {
  protected:
    CardParts parts(const std::string& reader = "") {
        return {host.start(),
                [this](const DeskCard&) -> Result<SecureBytes> {
                    ++asked;
                    return SecureBytes(crypto::bytes_of(pin));
                },
                reader, Millis{400}};
    }
    static Bytes key_of(const lab::PivCard& card) {
        const auto point = crypto::p256_of_spki(
            const_cast<lab::PivCard&>(card).contents().slots.at(lab::piv::digital_signature).key.key().spki());
        return Bytes(point->begin(), point->end());
    }
    unsigned tries() const { return card->contents().pin.tries(); }

    CardHost host;
    std::shared_ptr<lab::PivCard> card = piv_card();
    std::string pin = "123456";
    int asked{0};
    CardAuthor author{parts(), key_of(*card)};
};

TEST_F(OnACard, SignsAndAsksForThePinOnce) {
    host.insert(card);
    for (int i = 0; i < 3; ++i) {
        const auto signature = author.sign(kLabel, kText);
        ASSERT_TRUE(signature) << signature.error().message;
        EXPECT_TRUE(verify_by(author.key(), kLabel, kText, *signature));
    }
    EXPECT_EQ(asked, 1);
    EXPECT_EQ(host.started, 1);
    EXPECT_EQ(author.access(), Author::Access::open);
}

TEST_F(OnACard, NoCardIsTouchedBeforeSomethingIsSigned) {
    host.insert(card);
    EXPECT_TRUE(std::ranges::equal(author.key(), key_of(*card)));
    EXPECT_EQ(host.started, 0);
    EXPECT_TRUE(author.prepare());
    EXPECT_EQ(asked, 1);
}

TEST_F(OnACard, TheCardGoesAndComesBackInAnotherReader) {
    EXPECT_EQ(author.sign(kLabel, kText).error().code, ErrorCode::unavailable);
    EXPECT_EQ(author.access(), Author::Access::away);
    EXPECT_EQ(asked, 0);
    host.insert(card);
    EXPECT_TRUE(author.sign(kLabel, kText));
    host.pull();
    EXPECT_EQ(author.sign(kLabel, kText).error().code, ErrorCode::unavailable);
    EXPECT_EQ(author.access(), Author::Access::away);
    host.insert(card, "Reader 01 00");
    EXPECT_TRUE(author.sign(kLabel, kText));
    EXPECT_EQ(author.access(), Author::Access::open);
    EXPECT_EQ(asked, 1);
}

TEST_F(OnACard, AnotherCardIsNeverShownThePin) {
    const auto other = piv_card();
    host.insert(other);
    const auto refused = author.sign(kLabel, kText);
    EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
    EXPECT_NE(refused.error().message.find("not the authority's"), std::string::npos);
    EXPECT_EQ(asked, 0);
    host.insert(card, "Reader 01 00");
    EXPECT_TRUE(author.sign(kLabel, kText));
    EXPECT_FALSE(other->logged_in());
    // Also when it takes the place of the right one.
    host.insert(other, "Reader 01 00");
    EXPECT_EQ(author.sign(kLabel, kText).error().code, ErrorCode::unavailable);
    EXPECT_EQ(other->contents().pin.tries(), 3U);
}

TEST_F(OnACard, OneWrongPinEndsIt) {
    host.insert(card);
    pin = "999999";
    const auto refused = author.sign(kLabel, kText);
    EXPECT_EQ(refused.error().code, ErrorCode::locked);
    EXPECT_NE(refused.error().message.find("2 tries"), std::string::npos);
    pin = "123456";
    EXPECT_EQ(author.sign(kLabel, kText).error(), refused.error());
    EXPECT_EQ(asked, 1);
    EXPECT_EQ(tries(), 2U);
}

TEST_F(OnACard, WhereOneTryIsLeftNobodyIsAsked) {
    (void)card->contents().pin.verify("000000");
    (void)card->contents().pin.verify("000000");
    host.insert(card);
    EXPECT_EQ(author.sign(kLabel, kText).error().code, ErrorCode::locked);
    card->contents().pin.block();
    CardAuthor again(parts(), key_of(*card));
    EXPECT_EQ(again.sign(kLabel, kText).error().code, ErrorCode::locked);
    EXPECT_EQ(asked, 0);
}

TEST_F(OnACard, APinThatIsNoneIsNotTried) {
    host.insert(card);
    pin = "secret";
    EXPECT_EQ(author.sign(kLabel, kText).error().code, ErrorCode::locked);
    EXPECT_EQ(tries(), 3U);
}

// It went at the moment of its PIN: nobody knows whether that was right, and it is asked for again.
TEST_F(OnACard, APinThatWasNotProvedIsNotPresentedAgain) {
    host.insert(card);
    host.meddle = [](ByteSpan command, Bytes answer) -> smartcard::CardResult<Bytes> {
        if (command[1] == 0x20 && command.size() > 5) return smartcard::failure(wire::CardFault::gone);
        return answer;
    };
    EXPECT_EQ(author.sign(kLabel, kText).error().code, ErrorCode::unavailable);
    host.meddle = nullptr;
    EXPECT_TRUE(author.sign(kLabel, kText));
    EXPECT_EQ(asked, 2);
    // Once it is proved it is kept.
    host.meddle = [](ByteSpan command, Bytes answer) -> smartcard::CardResult<Bytes> {
        if (command[1] == 0x87) return smartcard::failure(wire::CardFault::gone);
        return answer;
    };
    EXPECT_EQ(author.sign(kLabel, kText).error().code, ErrorCode::unavailable);
    host.meddle = nullptr;
    EXPECT_TRUE(author.sign(kLabel, kText));
    EXPECT_EQ(asked, 2);
}

TEST_F(OnACard, ACardThatSignsWithAnotherKeyIsNotAskedAgain) {
    lab::PivSlot& slot = card->contents().slots.at(lab::piv::digital_signature);
    ASSERT_TRUE(slot.key.set_signing(lab::Signing::WrongKey));
    host.insert(card);
    EXPECT_EQ(author.sign(kLabel, kText).error().code, ErrorCode::corrupt);
    EXPECT_EQ(author.sign(kLabel, kText).error().code, ErrorCode::corrupt);
    EXPECT_EQ(asked, 1);
}

TEST_F(OnACard, AWorkerThatDoesNotStartIsStartedNextTime) {
    host.insert(card);
    host.refuses = true;
    EXPECT_EQ(author.sign(kLabel, kText).error().message, "no card worker today");
    EXPECT_EQ(author.access(), Author::Access::away);
    host.refuses = false;
    EXPECT_TRUE(author.sign(kLabel, kText));
    EXPECT_EQ(host.started, 2);
}

TEST_F(OnACard, LooksAtAllOfThem) {
    EXPECT_TRUE(author.look()->empty());
    host.insert(card);
    host.insert(piv_card(lab::KeyKind::Rsa2048), "Reader 01 00");
    const auto seen = author.look().value();
    ASSERT_EQ(seen.size(), 2U);
    const auto mine = std::ranges::find(seen, key_of(*card), &DeskCard::key);
    ASSERT_NE(mine, seen.end());
    EXPECT_EQ(mine->tries, 3);
    EXPECT_EQ(asked, 0);
}

TEST_F(OnACard, ANewAuthorityTakesTheOneCardThatFits) {
    EXPECT_EQ(CardAuthor::adopt(parts()).error().code, ErrorCode::unavailable);
    const auto refusal = [&](std::shared_ptr<lab::PivCard> other) {
        host.insert(std::move(other));
        const auto adopted = CardAuthor::adopt(parts());
        EXPECT_EQ(adopted.error().code, ErrorCode::unsupported);
        return adopted ? "" : adopted.error().message;
    };
    EXPECT_NE(refusal(piv_card(lab::KeyKind::Rsa2048)).find("is RSA"), std::string::npos);
    EXPECT_NE(refusal(piv_card(lab::KeyKind::P384)).find("not on P-256"), std::string::npos);
    EXPECT_NE(refusal(piv_card(lab::KeyKind::P256, {0x9a, 0x9e})).find("9C is empty"), std::string::npos);
    host.insert(card, "Reader 01 00");
    const auto adopted = CardAuthor::adopt(parts());
    ASSERT_TRUE(adopted) << adopted.error().message;
    EXPECT_TRUE(std::ranges::equal((*adopted)->key(), key_of(*card)));
    EXPECT_EQ(asked, 0);
    EXPECT_TRUE((*adopted)->prepare());
}

TEST_F(OnACard, OfTwoThatFitOneIsNamed) {
    host.insert(piv_card());
    host.insert(card, "Reader 01 00");
    EXPECT_EQ(CardAuthor::adopt(parts()).error().code, ErrorCode::refused);
    const auto adopted = CardAuthor::adopt(parts("Reader 01 00"));
    ASSERT_TRUE(adopted) << adopted.error().message;
    EXPECT_TRUE(std::ranges::equal((*adopted)->key(), key_of(*card)));
}

// ---- a fleet that is founded on a card

TEST_F(OnACard, AFleetIsFounded) {
    std::string directory = (std::filesystem::temp_directory_path() / "sekimori-card-XXXXXX").string();
    ASSERT_NE(mkdtemp(directory.data()), nullptr);
    const State state(directory);
    crypto::SystemRng rng;
    const Bytes phrase{'p'};
    const auto attempt = [&](Author& by) {
        return found(state, {.server = "127.0.0.1", .cost = {14, 8, 1}, .author = &by}, phrase, Millis{1000}, rng);
    };
    EXPECT_EQ(attempt(author).error().code, ErrorCode::unavailable);
    host.insert(card);
    pin = "999999";
    EXPECT_EQ(attempt(author).error().code, ErrorCode::locked);
    EXPECT_TRUE(std::filesystem::is_empty(directory));
    pin = "123456";
    CardAuthor again(parts(), key_of(*card));
    const auto identity = attempt(again);
    ASSERT_TRUE(identity) << identity.error().message;
    EXPECT_EQ(identity->author, key_of(*card));
    const auto vault = state.vault(phrase);
    ASSERT_TRUE(vault);
    EXPECT_TRUE(vault->author.empty());
    EXPECT_FALSE(vault->ca_key.empty());
    const auto chain =
        ChainLog::open(state.path("chain.log"))->load({identity->ledger, identity->author, std::nullopt});
    ASSERT_TRUE(chain) << chain.error().message;
    EXPECT_EQ(chain->head.seq, 1U);
    EXPECT_EQ(attempt(again).error().code, ErrorCode::exists);
    std::filesystem::remove_all(directory);
}

TEST(Author, IsWhatVaultAndIdentityAgreeOn) {
    crypto::SystemRng rng;
    const auto key = crypto::SigningKey::generate(rng).value();
    int cards = 0;
    const OnCard on_card = [&](ByteSpan) -> std::unique_ptr<Author> {
        ++cards;
        return nullptr;
    };
    const auto author = author_of(key.public_key(), key.seed(), on_card);
    ASSERT_TRUE(author);
    EXPECT_TRUE((*author)->prepare());
    EXPECT_TRUE(verify_by(key.public_key(), kLabel, kText, (*author)->sign(kLabel, kText).value()));
    const auto other = crypto::SigningKey::generate(rng).value();
    EXPECT_EQ(author_of(other.public_key(), key.seed(), on_card).error().code, ErrorCode::corrupt);
    EXPECT_EQ(author_of(key.public_key(), {}, on_card).error().code, ErrorCode::corrupt);
    EXPECT_EQ(author_of(Bytes(33, 2), key.seed(), on_card).error().code, ErrorCode::corrupt);
    EXPECT_EQ(cards, 0);
    EXPECT_TRUE(author_of(Bytes(33, 2), {}, on_card));
    EXPECT_EQ(cards, 1);
}

}  // namespace
}  // namespace sekimori::fleet
