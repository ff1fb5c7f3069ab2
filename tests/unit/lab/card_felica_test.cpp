// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "tests/lab/cards/felica_card.hpp"
#include "tests/lab/cards/new_card.hpp"
#include "tests/unit/lab/card_helpers.hpp"

namespace sekimori::lab {
namespace {

Block16 block(std::string_view text) {
    Block16 out{};
    const Bytes bytes = hex(text);
    std::copy(bytes.begin(), bytes.end(), out.begin());
    return out;
}

const Block16 kCk = block("000102030405060708090A0B0C0D0E0F");
const Block16 kRc = block("101112131415161718191A1B1C1D1E1F");
const Block16 kId = block("012E3C4D5E6F70810000A1A2A3A4A5A6");
const Block16 kCkv = block("0100");
const Block16 kStateOn = block("01");

// The vectors of the project's notes on FeliCa Lite-S: computed, not read from a card.
TEST(FelicaMac, SessionKeys) {
    const FelicaSession session = felica_session(kCk, kRc);
    EXPECT_EQ(to_hex(session.sk1), "40BDA1067788A117");
    EXPECT_EQ(to_hex(session.sk2), "7B659D678E4BC638");
}

TEST(FelicaMac, Reads) {
    const FelicaSession session = felica_session(kCk, kRc);
    EXPECT_EQ(to_hex(mac_a_read(session, {0x82, 0x91}, kId)), "03D6987DC746E0A6");
    Bytes both = to_bytes(kId);
    append(both, kCkv);
    EXPECT_EQ(to_hex(mac_a_read(session, {0x82, 0x86, 0x91}, both)), "4EEEB11EBC736AC5");
    EXPECT_EQ(to_hex(mac_plain(session, kId)), "B1902C612E1B1C35");
}

TEST(FelicaMac, Write) {
    EXPECT_EQ(to_hex(mac_a_write(felica_session(kCk, kRc), 0x00000A, 0x92, kStateOn)), "F31CC8B30F474995");
}

TEST(FelicaMac, DiversifiedKey) {
    std::array<std::uint8_t, 24> master{};
    for (std::size_t i = 0; i < master.size(); ++i) master[i] = static_cast<std::uint8_t>(0x40 + i);
    EXPECT_EQ(to_hex(diversified_card_key(master, kId)), "A747E487D7C60892B77D85D41ED3A5FD");
}

class LiteS : public testing::Test {
  protected:
    static LiteSContents contents() {
        LiteSContents contents;
        contents.id = kId;
        contents.card_key = kCk;
        contents.wcnt = 0x0A;
        return contents;
    }
    void SetUp() override { card.power_on(); }

    // A raw frame without its length byte, wrapped as ACS readers do; the answer's frame without length, or the status
    // word.
    std::string frame(Card& to, std::string_view body) {
        Bytes raw = hex(body);
        raw.insert(raw.begin(), static_cast<std::uint8_t>(raw.size() + 1));
        Bytes apdu{0xFF, 0x00, 0x00, 0x00, static_cast<std::uint8_t>(raw.size())};
        append(apdu, raw);
        const Bytes got = to.process(apdu);
        if (status_of(got) != sw::ok) return to_hex(got);
        EXPECT_EQ(got[0], got.size() - 2);
        return to_hex(ByteView(got).subspan(1, got.size() - 3));
    }
    std::string frame(std::string_view body) { return frame(card, body); }
    std::string write_rc() { return frame("08" + idm + "010900018080" + to_hex(kRc)); }
    std::string write_state(std::uint32_t wcnt, std::string_view mac) {
        Bytes le{static_cast<std::uint8_t>(wcnt), static_cast<std::uint8_t>(wcnt >> 8U), 0x00};
        return frame("08" + idm + "0109000280928091" + to_hex(kStateOn) + std::string(mac) + to_hex(le) + "0000000000");
    }

    const std::string idm = "012E3C4D5E6F7081";
    const std::string good_write = "09012E3C4D5E6F70810000";
    LiteSCard card{contents()};
};

TEST_F(LiteS, TellsItsIdm) { EXPECT_EQ(say(card, "FFCA000000"), idm + "9000"); }

TEST_F(LiteS, AnswersPollingOfItsSystemOnly) {
    EXPECT_EQ(frame("00FFFF0100"), "01" + idm + "00F1000000014300" + "88B4");
    EXPECT_EQ(frame("0088B40000"), "01" + idm + "00F1000000014300");
    EXPECT_EQ(frame("0000030100"), "6300");
}

TEST_F(LiteS, ReadsWithMac) {
    EXPECT_EQ(write_rc(), good_write);
    EXPECT_EQ(frame("06" + idm + "010B0003808280868091"),
              "07" + idm + "0000" + "03" + to_hex(kId) + to_hex(kCkv) + "4EEEB11EBC736AC50000000000000000");
}

TEST_F(LiteS, MacNeedsAChallenge) { EXPECT_EQ(frame("06" + idm + "010B000280828091"), "07" + idm + "02B2"); }

TEST_F(LiteS, KeyAndChallengeReadAsZeros) {
    write_rc();
    EXPECT_EQ(frame("06" + idm + "010B000280808087"), "07" + idm + "0000" + "02" + std::string(64, '0'));
}

TEST_F(LiteS, MutualAuthentication) {
    write_rc();
    EXPECT_EQ(frame("06" + idm + "010B00018090"), "07" + idm + "0000" + "01" + "0A" + std::string(30, '0'));
    EXPECT_EQ(write_state(0x0A, "F31CC8B30F474995"), good_write);
    EXPECT_TRUE(card.authenticated());
    const std::string state = frame("06" + idm + "010B000280928091");
    EXPECT_EQ(state.substr(22, 4), "0201");
    EXPECT_EQ(card.contents().wcnt, 0x0BU);
}

TEST_F(LiteS, ReplayedOrWrongMacIsRefused) {
    write_rc();
    EXPECT_EQ(write_state(0x0A, "F31CC8B30F474996"), "09" + idm + "02B2");
    EXPECT_EQ(write_state(0x0A, "F31CC8B30F474995"), good_write);
    EXPECT_EQ(write_state(0x0A, "F31CC8B30F474995"), "09" + idm + "02B2");  // the counter moved on
}

TEST_F(LiteS, StateNeedsAMac) {
    write_rc();
    EXPECT_EQ(frame("08" + idm + "010900018092" + to_hex(kStateOn)), "09" + idm + "01B1");
}

TEST_F(LiteS, NewChallengeOrPowerOffEndsTheAuthentication) {
    write_rc();
    write_state(0x0A, "F31CC8B30F474995");
    write_rc();
    EXPECT_FALSE(card.authenticated());
    card.power_off();
    card.power_on();
    EXPECT_EQ(frame("06" + idm + "010B000280828091"), "07" + idm + "02B2");
}

TEST_F(LiteS, WrongKeyGivesAnotherMac) {
    LiteSContents other = contents();
    other.card_key[3] ^= 0x10;
    LiteSCard wrong(other);
    wrong.power_on();
    frame(wrong, "08" + idm + "010900018080" + to_hex(kRc));
    EXPECT_EQ(frame(wrong, "06" + idm + "010B000280828091").find("03D6987DC746E0A6"), std::string::npos);
}

TEST_F(LiteS, StaleChallengeReplays) {
    LiteSContents stale = contents();
    stale.challenge = Challenge::Stale;
    LiteSCard replay(stale);
    replay.power_on();
    const std::string read = "06" + idm + "010B000280828091";
    frame(replay, "08" + idm + "010900018080" + to_hex(kRc));
    const std::string first = frame(replay, read);
    frame(replay, "08" + idm + "010900018080" + to_hex(kCk));
    EXPECT_EQ(frame(replay, read), first);
}

TEST_F(LiteS, MalformedFramesStayUnanswered) {
    for (const char* bad : {"06", "0600000000000000000101000B", "08", "FF", "0600FFFF"}) {
        EXPECT_EQ(frame(bad), "6300") << bad;
    }
    EXPECT_EQ(frame("06" + idm + "010B0005"), "6300");               // elements are missing
    EXPECT_EQ(frame("06" + idm + "010B0000"), "07" + idm + "FFA2");  // none asked for
    EXPECT_EQ(say(card, "FF0000000210"), "6700");
    EXPECT_EQ(say(card, "00A4040C0AD392F000260100000001"), "6A82");
}

TEST(IdmCard, SaysWhoItIsAndNothingElse) {
    IdmCard card({0x01, 0x2E, 1, 2, 3, 4, 5, 6});
    card.power_on();
    EXPECT_EQ(say(card, "FFCA000000"), "012E0102030405069000");
    EXPECT_EQ(say(card,
                  "FF0000000606"
                  "00FFFF0100"),
              "14"
              "01012E010203040506"
              "01314B024F4993FF"
              "0003"
              "9000");
    EXPECT_EQ(say(card,
                  "FF0000001010"
                  "06012E010203040506010B00018082"),
              "6300");
    EXPECT_EQ(say(card, "00A4040009A0000003080000100000"), "6A82");
}

TEST(NewLiteS, DiversifiedKeyBelongsToTheId) {
    std::array<std::uint8_t, 24> master{};
    for (std::size_t i = 0; i < master.size(); ++i) master[i] = static_cast<std::uint8_t>(7 * i + 1);
    const LiteSContents a = new_diversified_lite_s(master);
    const LiteSContents b = new_diversified_lite_s(master);
    EXPECT_NE(a.card_key, b.card_key);
    EXPECT_EQ(a.card_key, diversified_card_key(master, a.id));
}

}  // namespace
}  // namespace sekimori::lab
