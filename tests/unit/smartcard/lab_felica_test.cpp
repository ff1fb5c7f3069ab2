// SPDX-License-Identifier: Apache-2.0
// FeliCa cards of the lab. The MACs are the broker's business: here the lab's own code plays its part.
#include <gtest/gtest.h>

#include <algorithm>

#include "smartcard/card/card.hpp"
#include "smartcard/card/lite_s.hpp"
#include "smartcard/card/padding.hpp"
#include "tests/lab/cards/new_card.hpp"
#include "tests/unit/smartcard/lab_visit.hpp"

namespace sekimori::smartcard {
namespace {

using test::LabVisit;

constexpr lab::Block16 kCardKey{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
constexpr wire::Block kRc{16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};

TEST(LiteS, IdentifiesByItsIdBlock) {
    lab::LiteSCard card(lab::new_lite_s(kCardKey));
    LabVisit visit(card);
    const auto references = identify(visit);
    ASSERT_TRUE(references.has_value()) << name_of(references.error().fault);
    ASSERT_EQ(references->size(), 1U);
    EXPECT_EQ(references->front().type, CardType::lite_s);
    EXPECT_EQ(references->front().slot, CardSlot::none);
    EXPECT_EQ(to_hex(references->front().public_id), to_hex(card.contents().id));
    EXPECT_EQ(references->front().key.hex(), to_hex(*sha256(card.contents().id)));
    EXPECT_LE(visit.count(), 5U);
    RecordProperty("apdus_identify", static_cast<int>(visit.count()));
}

TEST(LiteS, EnrolmentRecordsTheChip) {
    lab::LiteSCard card(lab::new_lite_s(kCardKey));
    LabVisit visit(card);
    const auto content = read_card(visit, CardSlot::none);
    ASSERT_TRUE(content.has_value());
    EXPECT_EQ(content->ic_code, 0xf1);
    EXPECT_TRUE(content->certificate.empty());
    EXPECT_EQ(read_card(visit, CardSlot::piv_9e).error().fault, CardFault::no_key);
}

TEST(LiteS, BothRoundsOfTheProof) {
    lab::LiteSCard card(lab::new_lite_s(kCardKey));
    LabVisit visit(card);
    const auto polled = lite_s::poll(visit);
    ASSERT_TRUE(polled.has_value() && polled->has_value());
    const auto first = lite_s::challenge(visit, (*polled)->idm, kRc);
    ASSERT_TRUE(first.has_value()) << name_of(first.error().fault);
    const lab::FelicaSession session = lab::felica_session(kCardKey, kRc);
    Bytes read(first->id.begin(), first->id.end());
    read.insert(read.end(), first->ckv.begin(), first->ckv.end());
    const auto mac = lab::mac_a_read(session, {0x82, 0x86, 0x91}, read);
    EXPECT_TRUE(std::equal(mac.begin(), mac.end(), first->mac_a.begin()));

    wire::Block state{0x01};
    wire::Block proof{};
    const std::uint32_t wcnt = first->wcnt[0] + 256U * first->wcnt[1] + 65536U * first->wcnt[2];
    const auto ours = lab::mac_a_write(session, wcnt, 0x92, state);
    std::ranges::copy(ours, proof.begin());
    std::copy_n(first->wcnt.begin(), 3, proof.begin() + 8);
    const auto second = lite_s::authenticate(visit, (*polled)->idm, state, proof);
    ASSERT_TRUE(second.has_value()) << name_of(second.error().fault);
    EXPECT_EQ(second->state[0], 0x01);
    EXPECT_TRUE(card.authenticated());
    EXPECT_LE(visit.count(), 6U);
    RecordProperty("apdus_sign", static_cast<int>(visit.count()));
}

TEST(LiteS, AWrongMacIsRefusedByTheCard) {
    lab::LiteSCard card(lab::new_lite_s(kCardKey));
    LabVisit visit(card);
    const auto polled = lite_s::poll(visit);
    ASSERT_TRUE(lite_s::challenge(visit, (*polled)->idm, kRc).has_value());
    EXPECT_EQ(lite_s::authenticate(visit, (*polled)->idm, wire::Block{0x01}, wire::Block{}).error().fault,
              CardFault::unreadable);
    EXPECT_FALSE(card.authenticated());
}

TEST(LiteS, AnotherCardsAnswerIsUnreadable) {
    lab::LiteSCard card(lab::new_lite_s(kCardKey));
    LabVisit visit(card);
    Idm other{};
    EXPECT_EQ(lite_s::read_id(visit, other).error().fault, CardFault::unreadable);
}

TEST(Idm, IsAnIdentifierOnly) {
    lab::IdmCard card(lab::Chunk8{0x01, 0x10, 2, 3, 4, 5, 6, 7});
    LabVisit visit(card);
    const auto references = identify(visit);
    ASSERT_TRUE(references.has_value()) << name_of(references.error().fault);
    EXPECT_EQ(references->front().type, CardType::idm);
    EXPECT_EQ(to_hex(references->front().public_id), "0110020304050607");
    EXPECT_EQ(references->front().key.hex(), to_hex(*sha256(references->front().public_id)));
    EXPECT_EQ(read_card(visit, CardSlot::none)->reference.key, references->front().key);
    RecordProperty("apdus_identify", static_cast<int>(visit.count()));
}

// Readers in front of a card without applications may fail on SELECT instead of answering it.
TEST(Idm, AFailingSelectIsNoEnd) {
    lab::IdmCard card(lab::Chunk8{0x01, 0x10, 2, 3, 4, 5, 6, 7});
    LabVisit visit(card);
    visit.meddle = [](ByteSpan command, Bytes answer) -> CardResult<Bytes> {
        if (command[1] == 0xa4) return failure(CardFault::unreadable);
        return answer;
    };
    EXPECT_EQ(identify(visit)->front().type, CardType::idm);
}

TEST(Idm, AGoneCardIsTheEnd) {
    lab::IdmCard card(lab::Chunk8{});
    LabVisit visit(card);
    visit.meddle = [](ByteSpan, const Bytes&) -> CardResult<Bytes> { return failure(CardFault::gone); };
    EXPECT_EQ(identify(visit).error().fault, CardFault::gone);
    EXPECT_EQ(visit.count(), 1U);
}

TEST(Idm, IdentifiersOfOddLengths) {
    lab::IdmCard card(lab::Chunk8{});
    for (const std::size_t size : {0U, 3U, 11U, 16U, 200U}) {
        LabVisit visit(card);
        visit.meddle = [&](ByteSpan command, Bytes answer) -> CardResult<Bytes> {
            if (command[1] != 0xca) return answer;
            Bytes odd(size, 0x11);
            odd.insert(odd.end(), {0x90, 0x00});
            return odd;
        };
        EXPECT_EQ(identify(visit).error().fault, CardFault::no_application) << size;
    }
}

}  // namespace
}  // namespace sekimori::smartcard
