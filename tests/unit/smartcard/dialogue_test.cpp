// SPDX-License-Identifier: Apache-2.0
#include "smartcard/apdu/dialogue.hpp"

#include "smartcard/apdu/aid.hpp"
#include "tests/unit/smartcard/scripted_transport.hpp"

namespace sekimori::smartcard {
namespace {

using test::hex;
using test::kSelectJpki;
using test::kSelectPiv;
using test::repeat;
using test::ScriptedTransport;

// A card with PIV selected.
void select(ScriptedTransport& card) {
    card.on(kSelectPiv, "9000");
    ASSERT_TRUE(select_application(card, kPivAid, 0x00, 256)->ok());
}

const Bytes kObject = hex("5C035FC101");
const Command kGet{0x00, 0xcb, 0x3f, 0xff, kObject, std::uint16_t{256}};
constexpr const char* kGetText = "00CB3FFF055C035FC10100";

TEST(Dialogue, FetchesWhatWaits) {
    ScriptedTransport card;
    select(card);
    card.on(kGetText, "AAAA6102").on("00C0000002", "BBBB6100").on("00C0000000", "CC9000");
    const auto reply = converse(card, kGet);
    EXPECT_EQ(to_hex(reply->data), "aaaabbbbcc");
    EXPECT_TRUE(reply->ok());
}

TEST(Dialogue, AsksAgainWithTheRightLengthOnce) {
    ScriptedTransport card;
    select(card);
    card.on(kGetText, "6C02").on("00CB3FFF055C035FC10102", "AAAA9000");
    EXPECT_EQ(to_hex(converse(card, kGet)->data), "aaaa");
    card.on(kGetText, "6C02").on("00CB3FFF055C035FC10102", "6C02");
    EXPECT_EQ(converse(card, kGet)->status, 0x6c02);
}

TEST(Dialogue, NeverRepeatsAVerify) {
    ScriptedTransport card;
    select(card);
    const Bytes pin = hex("313233343536FFFF");
    for (const char* status : {"6C08", "6F00", "6700"}) {
        card.on("0020008008313233343536FFFF", status);
        EXPECT_FALSE(converse(card, Command{0x00, 0x20, 0x00, 0x80, pin})->ok());
    }
}

TEST(Dialogue, ChainsLongCommands) {
    ScriptedTransport card;
    select(card);
    const Bytes data(266, 0x5a);
    card.on("1087079AFF" + repeat("5A", 255), "9000").on("0087079A0B" + repeat("5A", 11) + "00", "019000");
    EXPECT_EQ(to_hex(converse(card, Command{0x00, 0x87, 0x07, 0x9a, data, std::uint16_t{256}})->data), "01");
}

TEST(Dialogue, AChainEndsAtTheFirstRefusal) {
    ScriptedTransport card;
    select(card);
    const Bytes data(266, 0x5a);
    card.on("1087079AFF" + repeat("5A", 255), "6884");
    EXPECT_EQ(converse(card, Command{0x00, 0x87, 0x07, 0x9a, data, std::uint16_t{256}})->status, 0x6884);
}

TEST(Dialogue, AnAnswerWithoutEndIsUnreadable) {
    ScriptedTransport card;
    select(card);
    card.on(kGetText, repeat("AA", 256) + "6100");
    for (std::size_t i = 0; i < kMaxWholeAnswer / 256; ++i) card.on("00C0000000", repeat("AA", 256) + "6100");
    EXPECT_EQ(converse(card, kGet).error().fault, CardFault::unreadable);
}

TEST(Dialogue, AnAnswerByteByByteIsUnreadable) {
    ScriptedTransport card;
    select(card);
    card.on(kGetText, "AA6101");
    for (unsigned i = 0; i < kMaxParts; ++i) card.on("00C0000001", "AA6101");
    EXPECT_EQ(converse(card, kGet).error().fault, CardFault::unreadable);
}

TEST(Dialogue, WaitingBytesThatNeverComeAreUnreadable) {
    ScriptedTransport card;
    select(card);
    card.on(kGetText, "6110").on("00C0000010", "6110");
    EXPECT_EQ(converse(card, kGet).error().fault, CardFault::unreadable);
}

TEST(Dialogue, AnAnswerWithoutStatusIsUnreadable) {
    ScriptedTransport card;
    select(card);
    card.on(kGetText, "90");
    EXPECT_EQ(converse(card, kGet).error().fault, CardFault::unreadable);
}

// A card that answers a SELECT with half a status word may have selected anything.
TEST(Dialogue, AfterAnAnswerWithoutStatusNothingCountsAsSelected) {
    ScriptedTransport card;
    select(card);
    card.on(kSelectJpki, "90");
    EXPECT_EQ(select_application(card, kJpkiAid, 0x0c, std::nullopt).error().fault, CardFault::unreadable);
    EXPECT_EQ(converse(card, kGet).error().fault, CardFault::internal) << "refused by the filter, not sent";
}

TEST(Dialogue, TheFirstSelectIsRepeatedAfterNoDiagnosis) {
    ScriptedTransport card;
    card.on(kSelectPiv, "6F00").on(kSelectPiv, "9000");
    EXPECT_TRUE(select_application(card, kPivAid, 0x00, 256)->ok());
    card.on(kSelectPiv, "6F00").on(kSelectPiv, "6F00");
    EXPECT_EQ(select_application(card, kPivAid, 0x00, 256)->status, 0x6f00);
}

}  // namespace
}  // namespace sekimori::smartcard
