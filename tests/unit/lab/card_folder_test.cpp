// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/cards/card_folder.hpp"

#include "tests/lab/cards/files.hpp"
#include "tests/lab/cards/new_card.hpp"
#include "tests/unit/lab/card_helpers.hpp"

namespace sekimori::lab {
namespace {

const Ca& ca() {
    static const Ca made = Ca::create(KeyKind::P256).value();
    return made;
}

class CardFolder : public testing::Test {
  protected:
    std::string at(const char* name) const { return folder_.path() + "/" + name; }
    TemporaryFolder folder_;
};

constexpr const char* kPivSelect = "00A4040009A0000003080000100000";

TEST_F(CardFolder, PivComesBackTheSame) {
    NewPiv wanted;
    wanted.kind = KeyKind::P384;
    wanted.encoding = CertificateEncoding::Gzip;
    const PivContents contents = new_piv(ca(), wanted).value();
    ASSERT_TRUE(save_card(at("card"), contents));
    const auto loaded = std::dynamic_pointer_cast<PivCard>(load_card(at("card")).value());
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->contents().guid, contents.guid);
    for (const std::uint8_t slot : {piv::authentication, piv::card_authentication}) {
        EXPECT_EQ(loaded->contents().slots.at(slot).certificate, contents.slots.at(slot).certificate);
        EXPECT_EQ(loaded->contents().slots.at(slot).key.key().spki(), contents.slots.at(slot).key.key().spki());
        EXPECT_EQ(loaded->contents().slots.at(slot).encoding, CertificateEncoding::Gzip);
    }
}

TEST_F(CardFolder, TriesAreSpentForGood) {
    ASSERT_TRUE(save_card(at("card"), new_piv(ca(), {}).value()));
    for (const char* left : {"63C2", "63C1", "63C0"}) {
        const auto card = load_card(at("card")).value();
        card->power_on();
        say(*card, kPivSelect);
        EXPECT_EQ(say(*card, "0020008008363534333231FFFF"), left);
    }
    const auto blocked = load_card(at("card")).value();
    blocked->power_on();
    say(*blocked, kPivSelect);
    EXPECT_EQ(say(*blocked, "0020008008313233343536FFFF"), "6983");
}

TEST_F(CardFolder, MisbehaviourLastsOneInsertion) {
    ASSERT_TRUE(save_card(at("card"), new_piv(ca(), {}).value()));
    Misbehaviour blocked;
    blocked.pin_blocked = true;
    const auto first = load_card(at("card"), blocked).value();
    first->power_on();
    say(*first, kPivSelect);
    EXPECT_EQ(say(*first, "00200080"), "6983");
    const auto second = load_card(at("card")).value();
    second->power_on();
    say(*second, kPivSelect);
    EXPECT_EQ(say(*second, "00200080"), "63C3");
}

TEST_F(CardFolder, EarlierSignatureCanBeReplayedLater) {
    ASSERT_TRUE(save_card(at("card"), new_piv(ca(), {}).value()));
    const auto sign = [&](const Misbehaviour& how, std::uint8_t fill) {
        const auto card = std::dynamic_pointer_cast<PivCard>(load_card(at("card"), how).value());
        return card->contents().slots.at(piv::card_authentication).key.sign_hash(Bytes(32, fill)).value();
    };
    Misbehaviour replay;
    replay.signing = Signing::Replay;
    const Bytes first = sign({}, 0x01);
    EXPECT_EQ(sign(replay, 0x02), first);
    EXPECT_NE(sign({}, 0x02), first);
}

TEST_F(CardFolder, JpkiComesBackTheSame) {
    NewJpki wanted;
    wanted.kind = KeyKind::Rsa1024;  // quick to make
    wanted.auth_pin = AuthPin::Absent;
    wanted.label = "JPKIAPGPSETOKEN";
    const JpkiContents contents = new_jpki(ca(), wanted).value();
    ASSERT_TRUE(save_card(at("card"), contents));
    const auto loaded = std::dynamic_pointer_cast<JpkiCard>(load_card(at("card")).value());
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->contents().certificate, contents.certificate);
    EXPECT_EQ(loaded->contents().ca_certificate, ca().certificate());
    EXPECT_EQ(loaded->contents().label, "JPKIAPGPSETOKEN");
    EXPECT_EQ(loaded->contents().auth_pin, AuthPin::Absent);
}

TEST_F(CardFolder, LiteSKeepsItsCounter) {
    LiteSContents contents = new_lite_s({1, 2, 3});
    contents.wcnt = 41;
    ASSERT_TRUE(save_card(at("card"), contents));
    const auto card = std::dynamic_pointer_cast<LiteSCard>(load_card(at("card")).value());
    card->power_on();
    const std::string idm = to_hex(ByteView(contents.id).first(8));
    say(*card,
        "FF0000002020"
        "08" +
            idm +
            "01090001"
            "8000" +
            std::string(32, 'A'));
    const auto again = std::dynamic_pointer_cast<LiteSCard>(load_card(at("card")).value());
    EXPECT_EQ(again->contents().wcnt, 42U);
    EXPECT_EQ(again->contents().card_key, contents.card_key);
    Misbehaviour wrong;
    wrong.wrong_card_key = true;
    EXPECT_NE(std::dynamic_pointer_cast<LiteSCard>(load_card(at("card"), wrong).value())->contents().card_key,
              contents.card_key);
}

TEST_F(CardFolder, IdmAndCa) {
    ASSERT_TRUE(save_idm_card(at("idm"), {1, 2, 3, 4, 5, 6, 7, 8}));
    const auto card = load_card(at("idm")).value();
    EXPECT_EQ(say(*card, "FFCA000000"), "01020304050607089000");
    ASSERT_TRUE(save_ca(at("ca"), ca()));
    EXPECT_EQ(load_ca(at("ca")).value().certificate(), ca().certificate());
}

TEST_F(CardFolder, NothingIsOverwrittenAndNothingBadIsLoaded) {
    ASSERT_TRUE(save_idm_card(at("idm"), {}));
    EXPECT_FALSE(save_idm_card(at("idm"), {}));
    EXPECT_FALSE(load_card(at("none")));
    const auto bad = [&](const char* record) {
        EXPECT_TRUE(write_file(at("idm") + "/card", text_bytes(record)));
        return !load_card(at("idm"));
    };
    for (const char* record :
         {"", "kind", "kind=", "kind=odd\n", "kind=idm\n", "kind=idm\nidm=01\n", "kind=piv\npin=123456\n",
          "kind=piv\npin=123456\ntries=x\nguid=00\n", "kind=lite-s\nid=00\n", "kind=jpki\n"}) {
        EXPECT_TRUE(bad(record)) << record;
    }
}

}  // namespace
}  // namespace sekimori::lab
