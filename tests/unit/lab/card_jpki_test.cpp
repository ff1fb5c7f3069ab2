// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/cards/jpki_card.hpp"

#include <algorithm>

#include "tests/lab/cards/new_card.hpp"
#include "tests/unit/lab/card_helpers.hpp"

namespace sekimori::lab {
namespace {

constexpr const char* kSelect = "00A4040C0AD392F000260100000001";
constexpr const char* kPinFile = "00A4020C020018";
constexpr const char* kKeyFile = "00A4020C020017";
constexpr const char* kTries = "00200080";
constexpr const char* kRightPin = "002000800431323334";
constexpr const char* kWrongPin = "002000800434333231";
const std::string kDigestInfo = "3031300D060960864801650304020105000420" + std::string(64, '7');
const std::string kSign = "802A008033" + kDigestInfo + "00";

class JpkiCardTest : public testing::Test {
  protected:
    static const Ca& ca() {
        static const Ca made = Ca::create(KeyKind::P256).value();
        return made;
    }
    void SetUp() override {
        card.power_on();
        ASSERT_EQ(say(card, kSelect), "9000");
    }
    JpkiCard card{new_jpki(ca(), {}).value()};
};

TEST_F(JpkiCardTest, TokenLabel) {
    EXPECT_EQ(say(card, "00A4020C020006"), "9000");
    EXPECT_EQ(say(card, "00B0000020"), to_hex(text_bytes("JPKIAPICCTOKEN2                 ")) + "9000");
}

TEST_F(JpkiCardTest, CertificateThenFillerThenTheEnd) {
    say(card, "00A4020C02000A");
    Bytes read;
    for (std::size_t offset = 0; offset < 4096; offset += 256) {
        const Bytes part = card.process(Bytes{0x00, 0xB0, static_cast<std::uint8_t>(offset >> 8U), 0x00, 0x00});
        if (status_of(part) == sw::past_end) break;
        ASSERT_EQ(status_of(part), sw::ok);
        append(read, ByteView(part).first(part.size() - 2));
    }
    const Bytes& der = card.contents().certificate;
    ASSERT_GT(read.size(), der.size());
    EXPECT_TRUE(std::equal(der.begin(), der.end(), read.begin()));
    EXPECT_EQ(read[0], 0x30);
    EXPECT_EQ(read[1], 0x82);
    EXPECT_EQ(der.size(), 4U + read[2] * 256U + read[3]);
    EXPECT_EQ(read.back(), 0xFF);
}

TEST_F(JpkiCardTest, SignsAfterThePin) {
    say(card, kKeyFile);
    EXPECT_EQ(say(card, kSign), "6982");
    say(card, kPinFile);
    EXPECT_EQ(say(card, kRightPin), "9000");
    EXPECT_EQ(say(card, kTries), "63C3");  // the login cannot be asked for
    EXPECT_EQ(say(card, kSign), "6985");   // the key file is not selected
    say(card, kKeyFile);
    const Bytes answered = card.process(hex(kSign));
    ASSERT_EQ(answered.size(), 258U);
    EXPECT_EQ(without_status(answered), card.contents().key.key().sign_digest_info(hex(kDigestInfo)).value());
}

TEST_F(JpkiCardTest, PinBlocks) {
    say(card, kPinFile);
    for (const char* left : {"63C2", "63C1", "63C0"}) EXPECT_EQ(say(card, kWrongPin), left);
    EXPECT_EQ(say(card, kRightPin), "6984");
    card.power_off();
    card.power_on();
    say(card, kSelect);
    say(card, kPinFile);
    EXPECT_EQ(say(card, kTries), "63C0");
}

TEST_F(JpkiCardTest, LoginSurvivesAWarmResetButNotPower) {
    say(card, kPinFile);
    say(card, kRightPin);
    card.reset();
    say(card, kSelect);
    say(card, kKeyFile);
    EXPECT_EQ(card.process(hex(kSign)).size(), 258U);
    card.power_off();
    card.power_on();
    say(card, kSelect);
    say(card, kKeyFile);
    EXPECT_EQ(say(card, kSign), "6982");
}

TEST_F(JpkiCardTest, RecordsWhoWentWhere) {
    say(card, kPinFile);
    EXPECT_FALSE(card.forbidden_touched());
    EXPECT_EQ(card.selections(), (std::vector<std::string>{"D392F000260100000001", "0018"}));
    EXPECT_EQ(say(card, "00A4040C0AD3921000310001010408"), "9000");
    EXPECT_TRUE(card.forbidden_touched());
}

TEST_F(JpkiCardTest, SignatureFilesExistAndCount) {
    for (const char* id : {"0001", "0002", "001A", "001B"}) {
        JpkiCard fresh(new_jpki(ca(), {}).value());
        fresh.power_on();
        say(fresh, kSelect);
        EXPECT_EQ(say(fresh, std::string("00A4020C02") + id), "9000") << id;
        EXPECT_TRUE(fresh.forbidden_touched()) << id;
    }
    say(card, "00A4020C020001");
    EXPECT_EQ(say(card, "00B0000000"), "6982");
    say(card, "00A4020C02001B");
    EXPECT_EQ(say(card, kWrongPin), "63C4");
    EXPECT_EQ(card.signature_tries(), 4U);
}

TEST_F(JpkiCardTest, OtherApplicationsOfTheCardAnswerSelectOnly) {
    for (const char* aid :
         {"D3921000310001010408", "D3921000310001010402", "D3921000310001010401", "D3921000310001010100"}) {
        EXPECT_EQ(say(card, std::string("00A4040C0A") + aid), "9000");
        EXPECT_EQ(say(card, "00B0000000"), "6D00");
    }
    EXPECT_EQ(say(card, "00A4040009A0000003080000100000"), "6A82");
}

TEST_F(JpkiCardTest, PinlessCardHasNoPinFile) {
    card.contents().auth_pin = AuthPin::Absent;
    EXPECT_EQ(say(card, kPinFile), "6A82");
    say(card, kKeyFile);
    EXPECT_EQ(say(card, kSign), "6982");
}

TEST_F(JpkiCardTest, FirstCommandAfterPowerOnMayFail) {
    card.contents().first_command = FirstCommand::Fails;
    card.power_off();
    card.power_on();
    EXPECT_EQ(say(card, kSelect), "6F00");
    EXPECT_EQ(say(card, kSelect), "9000");
}

TEST_F(JpkiCardTest, MalformedCommands) {
    EXPECT_EQ(say(card, "00B0000010"), "6986");
    say(card, "00A4020C020006");
    EXPECT_EQ(say(card, "00B00100A0"), "6B00");
    EXPECT_EQ(say(card, "00B0810010"), "6B00");
    EXPECT_EQ(say(card, "00A4020C02"), "6A86");
    EXPECT_EQ(say(card, "00A4020C0200"), "6700");
    EXPECT_EQ(say(card, "00A4020C02FFFF"), "6A82");
    EXPECT_EQ(say(card, kTries), "6986");
}

}  // namespace
}  // namespace sekimori::lab
