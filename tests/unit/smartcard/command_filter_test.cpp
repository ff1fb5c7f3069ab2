// SPDX-License-Identifier: Apache-2.0
// The one list of what may be said to a card (cards: docs/THREAT_MODEL.md).
#include "smartcard/apdu/command_filter.hpp"

#include <gtest/gtest.h>

#include "tests/unit/smartcard/scripted_transport.hpp"

namespace sekimori::smartcard {
namespace {

using test::hex;

CommandFilter after(std::initializer_list<const char*> commands) {
    CommandFilter filter;
    for (const char* command : commands) {
        EXPECT_EQ(filter.judge(hex(command)), Permit::allowed) << command;
        filter.answered(hex(command), 0x9000);
    }
    return filter;
}

constexpr const char* kJpki = "00A4040C0AD392F000260100000001";
constexpr const char* kPiv = "00A4040009A0000003080000100000";

TEST(CommandFilter, SelectsTwoApplicationsOnly) {
    const CommandFilter filter;
    for (const char* text : {kJpki, kPiv, "00A404000BA000000308000010000100", "00A404000BA00000030800001000010000"})
        EXPECT_EQ(filter.judge(hex(text)), Permit::allowed) << text;
    for (const char* text : {
             "00A4040C0AD3921000310001010408",            // 券面事項入力補助
             "00A4040C0AD3921000310001010402",            // 券面事項確認
             "00A4040C0AD3921000310001010401",            // 住基
             "00A4040C0AD3921000310001010100",            // 共通カード
             "00A4040C09D392F0002601000000",              // a part of JPKI's name
             "00A4040C0BD392F00026010000000100",          // more than it
             "00A4040C0AD392F000260100000002",            // another
             "00A4040005A000000308",                      // a part of PIV's
             "00A4040008A000000003000000",                // a card manager
             "00A40400", "00A4040000", "00A4040C023F00",  // nothing, the master file
             "00A4000C023F00", "00A4080C043F000001",      // by path
             "01A4040C0AD392F000260100000001",            // another logical channel
             "10A4040C0AD392F000260100000001",            // in pieces
             "00A404020AD392F000260100000001",            // the next one of this name
         })
        EXPECT_EQ(filter.judge(hex(text)), Permit::refused) << text;
}

TEST(CommandFilter, JpkiFilesForAuthenticationOnly) {
    const CommandFilter filter = after({kJpki});
    for (const char* id : {"0006", "000A", "0017", "0018"})
        EXPECT_EQ(filter.judge(hex("00A4020C02" + std::string(id))), Permit::allowed) << id;
    for (const char* id : {"0001", "0002", "001A", "001B", "0003", "0000", "FFFF", "0106", "3F00"})
        EXPECT_EQ(filter.judge(hex("00A4020C02" + std::string(id))), Permit::refused) << id;
}

TEST(CommandFilter, FilesBelongToJpki) {
    EXPECT_EQ(CommandFilter().judge(hex("00A4020C020006")), Permit::refused);
    EXPECT_EQ(after({kPiv}).judge(hex("00A4020C020006")), Permit::refused);
    EXPECT_EQ(after({kJpki, kPiv}).judge(hex("00A4020C020006")), Permit::refused);
}

TEST(CommandFilter, ReadsTheSelectedFileOnly) {
    EXPECT_EQ(after({kJpki}).judge(hex("00B0000020")), Permit::refused);
    const CommandFilter filter = after({kJpki, "00A4020C02000A"});
    EXPECT_EQ(filter.judge(hex("00B0050000")), Permit::allowed);
    EXPECT_EQ(filter.judge(hex("00B0810000")), Permit::refused);  // file 0001 by its short identifier
    EXPECT_EQ(filter.judge(hex("00B18000040102030400")), Permit::refused);
    EXPECT_EQ(after({kJpki, "00A4020C020018"}).judge(hex("00B0000000")), Permit::refused);
}

TEST(CommandFilter, VerifiesThePinsOfOursOnly) {
    EXPECT_EQ(CommandFilter().judge(hex("0020008004 31323334")), Permit::refused);
    EXPECT_EQ(after({kJpki}).judge(hex("00200080")), Permit::refused);
    EXPECT_EQ(after({kJpki, "00A4020C020018"}).judge(hex("00200080")), Permit::allowed);
    EXPECT_EQ(after({kJpki, "00A4020C020018"}).judge(hex("00200081")), Permit::refused);
    EXPECT_EQ(after({kPiv}).judge(hex("00200080")), Permit::allowed);
    EXPECT_EQ(after({kPiv}).judge(hex("00200000")), Permit::refused);  // the global PIN
    EXPECT_EQ(after({kPiv}).judge(hex("00200081")), Permit::refused);  // the PUK
    EXPECT_EQ(after({kPiv}).judge(hex("0024008010" + test::repeat("31", 16))), Permit::refused);
}

TEST(CommandFilter, SignsWithTheKeysOfOursOnly) {
    const std::string pso = "802A008033" + test::repeat("30", 51) + "00";
    EXPECT_EQ(after({kJpki}).judge(hex(pso)), Permit::refused);
    EXPECT_EQ(after({kJpki, "00A4020C020017"}).judge(hex(pso)), Permit::allowed);
    EXPECT_EQ(after({kJpki, "00A4020C020018"}).judge(hex(pso)), Permit::refused);
    const std::string data = "04 7C028200 00";
    EXPECT_EQ(after({kPiv}).judge(hex("0087119E" + data)), Permit::allowed);
    EXPECT_EQ(after({kPiv}).judge(hex("0087079A" + data)), Permit::allowed);
    EXPECT_EQ(after({kPiv}).judge(hex("0087119C" + data)), Permit::refused);  // digital signature
    EXPECT_EQ(after({kPiv}).judge(hex("0087119D" + data)), Permit::refused);  // key management
    EXPECT_EQ(after({kPiv}).judge(hex("0087039B" + data)), Permit::refused);  // card management
}

// The authority's card: 9C of PIV, and of a login's commands none.
TEST(CommandFilter, TheAuthorityAndLoginsHaveNothingInCommon) {
    const std::string data = "04 7C028200 00";
    CommandFilter authority(Purpose::authority);
    for (const char* text : {"FFCA000000", "FF00000006 060088B40100", "00CB3FFF055C035FC10A00"})
        EXPECT_EQ(authority.judge(hex(text)), Permit::refused) << text;
    ASSERT_EQ(authority.judge(hex(kPiv)), Permit::allowed);
    authority.answered(hex(kPiv), 0x9000);
    for (const auto& text : {"00CB3FFF055C035FC10A00" + std::string(), "0087119C" + data, "1087079C" + data})
        EXPECT_EQ(authority.judge(hex(text)), Permit::allowed) << text;
    EXPECT_EQ(authority.judge(hex("0020008008 313233343536FFFF")), Permit::allowed);
    for (const auto& text : {"00CB3FFF055C035FC10500" + std::string(), "0087119A" + data, "0087119E" + data,
                             "0087039B" + data, "0087119D" + data})
        EXPECT_EQ(authority.judge(hex(text)), Permit::refused) << text;
    // A resident's card is told by its application, and then left alone.
    ASSERT_EQ(authority.judge(hex(kJpki)), Permit::allowed);
    authority.answered(hex(kJpki), 0x9000);
    for (const char* text : {"00A4020C020006", "00A4020C020018", "00C0000010", "00200080"})
        EXPECT_EQ(authority.judge(hex(text)), Permit::refused) << text;
    const CommandFilter login = after({kPiv});
    EXPECT_EQ(login.judge(hex("00CB3FFF055C035FC10500")), Permit::allowed);
    EXPECT_EQ(login.judge(hex("00CB3FFF055C035FC10A00")), Permit::refused);
}

TEST(CommandFilter, ASelectionThatFailedSelectsNothing) {
    CommandFilter filter = after({kJpki, "00A4020C02000A"});
    filter.answered(hex("00A4020C020017"), 0x6a82);
    EXPECT_EQ(filter.judge(hex("00B0000000")), Permit::refused);
    filter.answered(hex(kJpki), 0x6a82);
    EXPECT_EQ(filter.judge(hex("00A4020C020006")), Permit::refused);
    filter = after({kPiv});
    filter.forget();
    EXPECT_EQ(filter.judge(hex("00200080")), Permit::refused);
}

TEST(CommandFilter, ReaderCommands) {
    const CommandFilter filter;
    EXPECT_EQ(filter.judge(hex("FFCA000000")), Permit::allowed);
    EXPECT_EQ(filter.judge(hex("FFCA010000")), Permit::refused);
    EXPECT_EQ(filter.judge(hex("FF00000006 060088B40100")), Permit::allowed);
    EXPECT_EQ(filter.judge(hex("FF00000002 D442")), Permit::refused);
    EXPECT_EQ(filter.judge(hex("FF82000006FFFFFFFFFFFF")), Permit::refused);  // load a key
    EXPECT_EQ(filter.judge(hex("FFD6000410" + test::repeat("00", 16))), Permit::refused);
}

TEST(CommandFilter, BrokenCommandsAreRefused) {
    const CommandFilter filter = after({kPiv});
    for (const char* text : {"", "00", "0020", "00CB3FFF055C035FC1", "00CB3FFF055C035FC10500FF"})
        EXPECT_EQ(filter.judge(hex(text)), Permit::refused) << text;
}

TEST(Transport, RefusedCommandsNeverReachTheReader) {
    test::ScriptedTransport card;
    const auto answer = card.transmit(hex("00A4040C0AD3921000310001010408"));
    EXPECT_EQ(answer.error().fault, CardFault::internal);
    EXPECT_EQ(card.count(), 0U);
}

TEST(Transport, AFailedExchangeForgetsTheSelection) {
    test::ScriptedTransport card;
    card.on(kPiv, "9000").fails("00200080", CardFault::unreadable);
    EXPECT_TRUE(card.transmit(hex(kPiv)).has_value());
    EXPECT_EQ(card.transmit(hex("00200080")).error().fault, CardFault::unreadable);
    EXPECT_EQ(card.transmit(hex("00200080")).error().fault, CardFault::internal);
    EXPECT_EQ(card.count(), 2U);
}

}  // namespace
}  // namespace sekimori::smartcard
